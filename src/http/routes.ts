/** The whole API on one screen. */

import { type AdminContext, type AdminPath, adminResourcesOf } from "./admin-routes.ts";
import { type CorsPolicy, collectPolicy, DOCUMENT, SCHEMAS, SCRIPT } from "./answer/cors.ts";
import type { FailureLog } from "./answer/failure-log.ts";
import { documentationHandlers } from "./docs-page/handlers.ts";
import { type EdgeContext, edgeHandlers } from "./edge/handlers.ts";
import { edgeResources } from "./edge/paths.ts";
import { type AdmissionOptions, createAdmission } from "./guard/admission.ts";
import { onPrivateHost } from "./guard/private-host.ts";
import { type CollectContext, collectHandlers } from "./handlers/collect.ts";
import { dashboardHandlers } from "./handlers/dashboard.ts";
import { demoHandlers } from "./handlers/demo.ts";
import { type HealthContext, healthHandlers } from "./handlers/health.ts";
import { landing } from "./handlers/landing.ts";
import { type MetricsContext, metricsHandlers } from "./handlers/metrics.ts";
import { schemaHandlers } from "./handlers/schemas.ts";
import { trackerHandlers } from "./handlers/tracker.ts";
import type { Meter } from "./meter.ts";
import type { ApiFacts } from "./openapi/operation.ts";
import { Bodies, type BodyOptions } from "./read/body.ts";
import { createAddressOf, createClientOf, createProxyTest } from "./read/client-address.ts";
import { type Handler, type Resource, type RouteHandler, resource } from "./resource.ts";
import { createViewerOf, type ViewerSettings } from "./viewer/viewer.ts";

export interface RouteContext
  extends Omit<CollectContext, "viewerOf">,
    Omit<EdgeContext, "viewerOf">,
    ViewerSettings,
    HealthContext,
    AdminContext,
    AdmissionOptions,
    BodyOptions,
    ApiFacts {
  readonly trustedProxies: readonly string[];
  /** First segments of the paths of Media Edge. */
  readonly edgeBases: readonly string[];
}

/** Every path of the API. */
export function resourcesOf(context: RouteContext): Readonly<Record<string, Resource>> {
  const clientOf = createClientOf(context.trustedProxies);
  const isFromProxy = createProxyTest(context.trustedProxies);
  const addressOf = createAddressOf(clientOf);
  const viewerOf = createViewerOf(context, { clientOf, isFromProxy });
  const bodies = new Bodies(context);
  const admission = createAdmission(context, addressOf);
  const collect = collectHandlers({ ...context, viewerOf }, admission, bodies);
  const edge = edgeHandlers({ ...context, viewerOf }, admission, bodies);
  const schemas = schemaHandlers(context.validation);
  const health = healthHandlers(context);
  const documentation = documentationHandlers(context);
  const dashboard = dashboardHandlers();
  const tracker = trackerHandlers(context.validation);
  const cors = collectPolicy(context.origins);
  const paths = table({
    "/api/v1/sessions": { methods: { POST: collect.openSession }, cors },
    "/api/v1/sessions/:sid/events": { methods: { POST: collect.addEvent }, cors },
    ...mistaken(cors),
    "/api/v1/downloaded": { methods: { POST: collect.addDownloaded }, cors },
    ...edgeResources(edge, context),
    "/api/v1/schemas": { methods: { GET: schemas.list }, cors: SCHEMAS },
    "/api/v1/schemas/:eventType": { methods: { GET: schemas.get }, cors: SCHEMAS },
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
  return { ...paths, ...adminResourcesOf(context, { bodies, addressOf, isFromProxy }) };
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

/** Paths behind the token are in `admin-routes.ts`, with the right that each requires. */
type ResourceAt<Path extends string> = Path extends AdminPath ? never : Resource<Path>;

/** Holds each handler to the parameters of its path, which Bun passes where no type can follow. */
function table<const Paths extends { readonly [Path in keyof Paths]: ResourceAt<Path & string> }>(
  paths: Paths,
): Readonly<Record<string, Resource>> {
  return paths as unknown as Readonly<Record<string, Resource>>;
}

/** Paths that are nearly right: at a 404 players would open a new session, as if theirs were gone. */
function mistaken(cors: CorsPolicy): Readonly<Record<string, Resource>> {
  const events = { methods: {}, cors, hint: "Events are posted to /api/v1/sessions/{sid}/events" };
  return {
    "/api/v1/sessions/:sid": events,
    "/api/v1/sessions/:sid/event": events,
    "/api/v1/session": { methods: {}, cors, hint: "A session is opened by a POST to /api/v1/sessions" },
  };
}

/** Where metrics need no token: that port has nothing else. */
export function metricsResourcesOf(context: MetricsContext): Readonly<Record<string, Resource>> {
  return { "/metrics": { methods: { GET: onPrivateHost(metricsHandlers(context).get) } } };
}

/** Resources as Bun takes them: each path also with a trailing slash, as some clients write it. */
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
