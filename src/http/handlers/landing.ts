/** Greets a person who opens the server's address. */

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
    "GET  /docs                          all of it, to read; /openapi.json for programs",
    "GET  /admin                         all of it, to look at",
    "GET  /tracker.js                    makes any HTML player send all of it: Playhead.track(video, { id })",
    "",
    "With the admin token:",
    "GET  /admin/api/sessions            what has been said",
    "GET  /admin/api/reports             what it adds up to, by whatever it can be broken down by",
    "GET  /admin/api/live                what is going on now; /admin/api/live/tail each event as it arrives",
    "GET  /admin/api/export/{kind}       sessions, events and more, as ndjson, csv or parquet",
    "GET  /admin/api/backup              the database as it is now",
    "GET  /metrics                       what the server measures of itself, for Prometheus",
    "",
    "GET  /healthz, /readyz              health checks",
    "",
  ].join("\n");
  return (_request, headers) =>
    new Response(text, { headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
}
