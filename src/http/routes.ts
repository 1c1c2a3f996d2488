/** The whole API on one screen. */

import type { Log } from "../base/log.ts";
import type { ValidationMode } from "../protocol/mode.ts";
import { createGuard } from "./auth.ts";
import { COLLECT, SCHEMAS } from "./cors.ts";
import { type CollectContext, collectHandlers } from "./handlers/collect.ts";
import { type ExportContext, exportHandlers } from "./handlers/export.ts";
import { type HealthContext, healthHandlers } from "./handlers/health.ts";
import { landing } from "./handlers/landing.ts";
import { schemaHandlers } from "./handlers/schemas.ts";
import { type SessionsContext, sessionsHandlers } from "./handlers/sessions.ts";
import { type Resource, type RouteHandler, resource } from "./resource.ts";

export interface RouteContext extends CollectContext, ExportContext, HealthContext, SessionsContext {
  readonly adminToken: string;
  readonly validation: ValidationMode;
  readonly version: string;
  readonly log: Log;
}

/** Every path of the API. */
export function resourcesOf(context: RouteContext): Readonly<Record<string, Resource>> {
  const collect = collectHandlers(context);
  const schemas = schemaHandlers(context.validation);
  const health = healthHandlers(context);
  const sessions = sessionsHandlers(context);
  const exports = exportHandlers(context);
  const admin = createGuard(context.adminToken);
  return {
    "/api/v1/sessions": { methods: { POST: collect.openSession }, cors: COLLECT },
    "/api/v1/sessions/:sid/events": { methods: { POST: collect.addEvent }, cors: COLLECT },
    "/api/v1/downloaded": { methods: { POST: collect.addDownloaded }, cors: COLLECT },
    "/api/v1/schemas": { methods: { GET: schemas.list }, cors: SCHEMAS },
    "/api/v1/schemas/:eventType": { methods: { GET: schemas.get }, cors: SCHEMAS },
    "/admin/api/sessions": { methods: { GET: admin(sessions.list) } },
    "/admin/api/sessions/:sid": { methods: { GET: admin(sessions.get) } },
    "/admin/api/export/:kind": { methods: { GET: admin(exports.export) } },
    "/admin/api/backup": { methods: { GET: admin(exports.backup) } },
    "/healthz": { methods: { GET: health.alive } },
    "/readyz": { methods: { GET: health.ready } },
    "/": { methods: { GET: landing(context.version) } },
  };
}

/** The routes as Bun takes them: each path also with a slash behind it, as some clients write it. */
export function routesOf(context: RouteContext): Record<string, RouteHandler> {
  return Object.fromEntries(
    Object.entries(resourcesOf(context)).flatMap(([path, each]) => {
      const handle = resource(each, context.log);
      return path === "/"
        ? [[path, handle]]
        : [
            [path, handle],
            [`${path}/`, handle],
          ];
    }),
  );
}
