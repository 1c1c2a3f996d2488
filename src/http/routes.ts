/** The whole API on one screen. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { createAdminCookie, type EndedSignIns } from "./admin-cookie.ts";
import { type AdmissionOptions, createAdmission } from "./admission.ts";
import { createGuard } from "./auth.ts";
import { Bodies, type BodyOptions } from "./body.ts";
import { createAddressOf, createProxyTest } from "./client-address.ts";
import { type CorsPolicy, collectPolicy, DOCUMENT, SCHEMAS, SCRIPT } from "./cors.ts";
import { type EdgeContext, edgeHandlers } from "./edge/handlers.ts";
import { edgeResources } from "./edge/paths.ts";
import { FailureLimit } from "./failure-limit.ts";
import type { FailureLog } from "./failure-log.ts";
import { type CollectContext, collectHandlers } from "./handlers/collect.ts";
import { dashboardHandlers } from "./handlers/dashboard.ts";
import { demoHandlers } from "./handlers/demo.ts";
import { documentationHandlers } from "./handlers/documentation.ts";
import { type ExportContext, exportHandlers } from "./handlers/export.ts";
import { type FoldContext, foldHandlers } from "./handlers/fold.ts";
import { type HealthContext, healthHandlers } from "./handlers/health.ts";
import { type ImportContext, importHandlers } from "./handlers/import.ts";
import { landing } from "./handlers/landing.ts";
import { type LiveContext, liveHandlers } from "./handlers/live.ts";
import { type MetricsContext, metricsHandlers } from "./handlers/metrics.ts";
import { type ReportsContext, reportsHandlers } from "./handlers/reports.ts";
import { schemaHandlers } from "./handlers/schemas.ts";
import { type SessionsContext, sessionsHandlers } from "./handlers/sessions.ts";
import { signInHandlers } from "./handlers/sign-in.ts";
import { trackerHandlers } from "./handlers/tracker.ts";
import { type VisitorsContext, visitorsHandlers } from "./handlers/visitors.ts";
import type { Meter } from "./meter.ts";
import type { ApiFacts } from "./openapi/operation.ts";
import { patient } from "./patience.ts";
import { onPrivateHost } from "./private-host.ts";
import { type Handler, type Resource, type RouteHandler, resource } from "./resource.ts";

export interface RouteContext
  extends CollectContext,
    EdgeContext,
    HealthContext,
    Omit<SessionsContext, "folds">,
    Omit<FoldContext, "folds">,
    VisitorsContext,
    ReportsContext,
    ExportContext,
    ImportContext,
    LiveContext,
    MetricsContext,
    AdmissionOptions,
    BodyOptions,
    ApiFacts {
  readonly folds: SessionsContext["folds"] & FoldContext["folds"];
  readonly adminToken: string;
  readonly signedOut: EndedSignIns;
  readonly trustedProxies: readonly string[];
  /** First segments of the paths of Media Edge. */
  readonly edgeBases: readonly string[];
  readonly signInFailuresMax: number;
  readonly signInFailuresMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Every path of the API. */
export function resourcesOf(context: RouteContext): Readonly<Record<string, Resource>> {
  const addressOf = createAddressOf(context.trustedProxies);
  const bodies = new Bodies(context);
  const admission = createAdmission(context, addressOf);
  const collect = collectHandlers(context, admission, bodies);
  const edge = edgeHandlers(context, admission, bodies);
  const schemas = schemaHandlers(context.validation);
  const health = healthHandlers(context);
  const sessions = sessionsHandlers(context);
  const reports = reportsHandlers(context, bodies);
  const documentation = documentationHandlers(context);
  const fold = foldHandlers(context, bodies);
  const visitors = visitorsHandlers(context, bodies);
  const live = liveHandlers(context);
  const exports = exportHandlers(context);
  const imports = importHandlers(context);
  const dashboard = dashboardHandlers();
  const tracker = trackerHandlers(context.validation);
  const cookie = createAdminCookie(context.adminToken, context.clock, context.signedOut);
  const { signIn, signOut } = signInHandlers(cookie);
  const isFromProxy = createProxyTest(context.trustedProxies);
  const failures = failureLimitOf(context);
  const admin = createGuard({ token: context.adminToken, cookie, failures, addressOf, isFromProxy });
  const cors = collectPolicy(context.origins);
  const metrics = metricsHandlers(context);
  return table({
    "/api/v1/sessions": { methods: { POST: collect.openSession }, cors },
    "/api/v1/sessions/:sid/events": { methods: { POST: collect.addEvent }, cors },
    ...mistaken(cors),
    "/api/v1/downloaded": { methods: { POST: collect.addDownloaded }, cors },
    ...edgeResources(edge, context),
    "/api/v1/schemas": { methods: { GET: schemas.list }, cors: SCHEMAS },
    "/api/v1/schemas/:eventType": { methods: { GET: schemas.get }, cors: SCHEMAS },
    "/admin/api/sessions": { methods: { GET: admin(patient(sessions.list)) } },
    "/admin/api/sessions/:sid": {
      methods: { GET: admin(patient(sessions.get)), DELETE: admin(patient(visitors.eraseSession)) },
    },
    "/admin/api/sessions/:sid/events": { methods: { GET: admin(patient(sessions.events)) } },
    "/admin/api/fold": { methods: { POST: admin(patient(fold.fold)) } },
    "/admin/api/reports": { methods: { GET: admin(patient(reports.report)), POST: admin(patient(reports.report)) } },
    "/admin/api/reports/catalogue": { methods: { GET: admin(reports.catalogue) } },
    "/admin/api/retention": { methods: { GET: admin(patient(reports.retention)) } },
    "/admin/api/funnel": { methods: { GET: admin(patient(reports.funnel)) } },
    "/admin/api/concurrency": { methods: { GET: admin(patient(reports.concurrency)) } },
    "/admin/api/visitors/:id": { methods: { DELETE: admin(patient(visitors.erase)) } },
    "/admin/api/erasures": { methods: { POST: admin(patient(visitors.eraseByBody)) } },
    "/admin/api/export/:kind": { methods: { GET: admin(exports.export) } },
    "/admin/api/import": { methods: { POST: admin(patient(imports.import)) } },
    "/admin/api/backup": { methods: { GET: admin(exports.backup) } },
    "/admin/api/live": { methods: { GET: admin(live.stream) } },
    "/admin/api/live/snapshot": { methods: { GET: admin(live.snapshot) } },
    "/admin/api/live/tail": { methods: { GET: admin(live.tail) } },
    "/metrics": { methods: { GET: admin(metrics.get) } },
    "/admin/api/sign-in": { methods: { POST: admin(signIn) } },
    "/admin/api/sign-out": { methods: { POST: admin(signOut) } },
    "/admin": { methods: { GET: dashboard.page } },
    "/admin/app.js": { methods: { GET: dashboard.script } },
    "/admin/app.css": { methods: { GET: dashboard.style } },
    "/tracker.js": { methods: { GET: tracker.script }, cors: SCRIPT },
    "/tracker.mjs": { methods: { GET: tracker.module }, cors: SCRIPT },
    "/tracker.d.ts": { methods: { GET: tracker.types }, cors: SCRIPT },
    "/tracker/:part": { methods: { GET: tracker.part }, cors: SCRIPT },
    "/healthz": { methods: { GET: health.alive } },
    "/readyz": { methods: { GET: health.ready } },
    "/": { methods: { GET: landing(context.version) } },
    "/openapi.json": { methods: { GET: documentation.openApi }, cors: DOCUMENT },
    "/docs": { methods: { GET: documentation.page } },
    "/docs/origin.js": { methods: { GET: documentation.script } },
    "/docs/style.css": { methods: { GET: documentation.style } },
    ...(context.demo && demoPaths(context, tracker.demo)),
  });
}

function demoPaths(context: RouteContext, script: Handler) {
  const demo = demoHandlers(context);
  return {
    "/demo": { methods: { GET: demo.page } },
    "/demo/demo.js": { methods: { GET: script } },
    "/demo/demo.css": { methods: { GET: demo.style } },
    "/demo/clip.mp4": { methods: { GET: demo.clip } },
    "/demo/ad.mp4": { methods: { GET: demo.ad } },
    "/demo/sessions/:sid": { methods: { GET: demo.verdicts } },
  };
}

/** Holds each handler to the parameters that its path has. Bun gives it those, which no type of ours can follow. */
function table<const Paths extends { readonly [Path in keyof Paths]: Resource<Path & string> }>(
  paths: Paths,
): Readonly<Record<string, Resource>> {
  return paths as unknown as Readonly<Record<string, Resource>>;
}

/** Paths that are nearly right. A 404 would have players open a new session, as when theirs is gone. */
function mistaken(cors: CorsPolicy): Readonly<Record<string, Resource>> {
  const events = { methods: {}, cors, hint: "Events are posted to /api/v1/sessions/{sid}/events" };
  return {
    "/api/v1/sessions/:sid": events,
    "/api/v1/sessions/:sid/event": events,
    "/api/v1/session": { methods: {}, cors, hint: "A session is opened by a POST to /api/v1/sessions" },
  };
}

function failureLimitOf({ signInFailuresMax, signInFailuresMs, clock, log }: RouteContext): FailureLimit {
  return new FailureLimit({
    failuresMax: signInFailuresMax,
    periodMs: signInFailuresMs,
    elapsedMs: () => clock.elapsedMs(),
    log,
  });
}

/** Where metrics need no token: that port has nothing else. */
export function metricsResourcesOf(context: MetricsContext): Readonly<Record<string, Resource>> {
  return { "/metrics": { methods: { GET: onPrivateHost(metricsHandlers(context).get) } } };
}

/** Resources as Bun takes them: each path also with a slash behind it, as some clients write it. */
export function routesOf(
  resources: Readonly<Record<string, Resource>>,
  { failures, meter }: { readonly failures: FailureLog; readonly meter: Meter },
): Record<string, RouteHandler> {
  return Object.fromEntries(
    Object.entries(resources).flatMap(([path, each]) => {
      const handle = resource(each, failures, meter.route(path));
      const paths = [path, ...(each.also ?? [])].flatMap((at) => (at === "/" ? [at] : [at, `${at}/`]));
      return paths.map((at) => [at, handle]);
    }),
  );
}
