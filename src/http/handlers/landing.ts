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
    "GET  /api/v1/schemas                the schema of each event",
    "GET  /docs                          the API reference; /openapi.json for programs",
    "GET  /admin                         the dashboard",
    "GET  /tracker.js                    measures any HTML player: Playhead.track(video, { id })",
    "",
    "With the admin token:",
    "GET  /admin/api/sessions            sessions, with their numbers",
    "GET  /admin/api/reports             the numbers of many sessions, by any dimension",
    "GET  /admin/api/live                what plays now; /admin/api/live/tail has each event as it arrives",
    "GET  /admin/api/export/{kind}       sessions, events and more, as ndjson, csv or parquet",
    "GET  /admin/api/backup              the database as it is now",
    "GET  /metrics                       the server's own metrics, for Prometheus",
    "",
    "GET  /healthz, /readyz              health checks",
    "",
  ].join("\n");
  return (_request, headers) =>
    new Response(text, { headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
}
