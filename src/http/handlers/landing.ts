/** What a person sees who opens the server's address. */

import type { Handler } from "../resource.ts";

/** `GET /` */
export function landing(version: string): Handler {
  const text = [
    `Playhead ${version}: the Media Collection API v1, self-hosted.`,
    "",
    "POST /api/v1/sessions               opens a session",
    "POST /api/v1/sessions/{sid}/events  adds an event to it",
    "POST /api/v1/downloaded             stores content that was played offline",
    "GET  /api/v1/schemas                what an event may say",
    "GET  /admin/api/sessions            what has been said (with the admin token)",
    "GET  /docs                          all of it, to read; /openapi.json for programs",
    "GET  /admin/api/export/{kind}      sessions, events and more, as ndjson, csv or parquet (with the admin token)",
    "GET  /admin/api/backup             the database as it is now (with the admin token)",
    "GET  /healthz, /readyz              how the server is",
    "",
  ].join("\n");
  return (_request, headers) =>
    new Response(text, { headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
}
