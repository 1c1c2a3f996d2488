/** Every path behind a token, each with the right that it requires: one without does not compile. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { createAdminCookie, type EndedSignIns } from "./guard/admin-cookie.ts";
import { type AdminHandler, createGuard, type Guarded } from "./guard/auth.ts";
import { FailureLimit } from "./guard/failure-limit.ts";
import { Tokens } from "./guard/tokens.ts";
import { type DemoMonthContext, demoMonthHandlers } from "./handlers/demo-month.ts";
import { type ExportContext, exportHandlers } from "./handlers/export.ts";
import { type FoldContext, foldHandlers } from "./handlers/fold.ts";
import { type ImportContext, importHandlers } from "./handlers/import.ts";
import { type LiveContext, liveHandlers } from "./handlers/live.ts";
import { type MetricsContext, metricsHandlers } from "./handlers/metrics.ts";
import { type NodesContext, nodesHandlers } from "./handlers/nodes.ts";
import type { ReportsContext, ReportsHandlers } from "./handlers/reports.ts";
import { type SessionsContext, sessionsHandlers } from "./handlers/sessions.ts";
import { signInHandlers } from "./handlers/sign-in.ts";
import { type TokensContext, tokensHandlers } from "./handlers/tokens.ts";
import { type VisitorsContext, visitorsHandlers } from "./handlers/visitors.ts";
import { patient } from "./patience.ts";
import type { Bodies } from "./read/body.ts";
import type { AddressOf, ProxyTest } from "./read/client-address.ts";
import type { Method, Resource } from "./resource.ts";

export interface AdminContext
  extends Omit<SessionsContext, "folds">,
    Omit<FoldContext, "folds">,
    VisitorsContext,
    ReportsContext,
    ExportContext,
    ImportContext,
    LiveContext,
    MetricsContext,
    NodesContext,
    TokensContext,
    DemoMonthContext {
  readonly folds: SessionsContext["folds"] & FoldContext["folds"];
  readonly adminToken: string;
  readonly signedOut: EndedSignIns;
  readonly signInFailuresMax: number;
  readonly signInFailuresMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The paths that only this table may have. */
export type AdminPath = `/admin/api/${string}` | "/metrics";

interface AdminResource<Path extends string> {
  readonly methods: Readonly<Partial<Record<Method, Guarded<Path>>>>;
}

interface AdminParts {
  readonly bodies: Bodies;
  readonly addressOf: AddressOf;
  readonly isFromProxy: ProxyTest;
}

export function adminResourcesOf(
  context: AdminContext,
  { bodies, addressOf, isFromProxy }: AdminParts,
): Readonly<Record<string, Resource>> {
  const sessions = sessionsHandlers(context);
  const reports = lateReports(context, bodies);
  const fold = foldHandlers(context, bodies);
  const visitors = visitorsHandlers(context, bodies);
  const live = liveHandlers(context);
  const exports = exportHandlers(context);
  const imports = importHandlers(context);
  const metrics = metricsHandlers(context);
  const demo = demoMonthHandlers(context);
  const cookie = createAdminCookie(context.adminToken, context.clock, context.signedOut);
  const { signIn, signOut } = signInHandlers(cookie);
  const failures = failureLimitOf(context);
  const named = new Tokens(context);
  const tokens = tokensHandlers(context, named, bodies);
  const admin = createGuard({ token: context.adminToken, tokens: named, cookie, failures, addressOf, isFromProxy });
  return table({
    "/admin/api/sessions": { methods: { GET: admin("view", patient(sessions.list)) } },
    "/admin/api/sessions/:sid": {
      methods: { GET: admin("view", patient(sessions.get)), DELETE: admin("admin", patient(visitors.eraseSession)) },
    },
    "/admin/api/sessions/:sid/events": { methods: { GET: admin("view", patient(sessions.events)) } },
    "/admin/api/fold": { methods: { POST: admin("view", patient(fold.fold)) } },
    "/admin/api/reports": {
      methods: { GET: admin("view", patient(reports.report)), POST: admin("view", patient(reports.report)) },
    },
    "/admin/api/reports/catalogue": { methods: { GET: admin("view", reports.catalogue) } },
    "/admin/api/reports/keys": { methods: { GET: admin("view", reports.keys) } },
    "/admin/api/retention": { methods: { GET: admin("view", patient(reports.retention)) } },
    "/admin/api/funnel": { methods: { GET: admin("view", patient(reports.funnel)) } },
    "/admin/api/findings": { methods: { GET: admin("view", patient(reports.findings)) } },
    "/admin/api/concurrency": { methods: { GET: admin("view", patient(reports.concurrency)) } },
    "/admin/api/viewers/:hash": { methods: { GET: admin("view", patient(sessions.ofViewer)) } },
    "/admin/api/visitors/:id": { methods: { DELETE: admin("admin", patient(visitors.erase)) } },
    "/admin/api/erasures": { methods: { POST: admin("admin", patient(visitors.eraseByBody)) } },
    "/admin/api/export/:kind": { methods: { GET: admin("view", exports.export) } },
    "/admin/api/import": { methods: { POST: admin("admin", patient(imports.import)) } },
    "/admin/api/backup": { methods: { GET: admin("admin", exports.backup) } },
    "/admin/api/live": { methods: { GET: admin("view", live.stream) } },
    "/admin/api/live/snapshot": { methods: { GET: admin("view", live.snapshot) } },
    "/admin/api/live/tail": { methods: { GET: admin("view", live.tail) } },
    "/admin/api/nodes": { methods: { GET: admin("operate", patient(nodesHandlers(context).list)) } },
    "/metrics": { methods: { GET: admin("operate", metrics.get) } },
    "/admin/api/token": { methods: { GET: admin("view", tokens.own) } },
    "/admin/api/tokens": { methods: { GET: admin("admin", tokens.list), POST: admin("admin", tokens.create) } },
    "/admin/api/tokens/:name": { methods: { DELETE: admin("admin", tokens.revoke) } },
    "/admin/api/demo": { methods: { GET: admin("admin", demo.get), POST: admin("admin", demo.begin) } },
    "/admin/api/sign-in": { methods: { POST: admin("view", signIn) } },
    "/admin/api/sign-out": { methods: { POST: admin("view", signOut) } },
  });
}

/** Loads the handlers with the first question, since their schemas load TypeBox. */
function lateReports(context: AdminContext, bodies: Bodies): ReportsHandlers {
  let loading: Promise<ReportsHandlers> | undefined;
  const late = (name: keyof ReportsHandlers): AdminHandler => {
    return async (...visit) => {
      loading ??= import("./handlers/reports.ts").then(({ reportsHandlers }) => reportsHandlers(context, bodies));
      return (await loading)[name](...visit);
    };
  };
  return {
    report: late("report"),
    catalogue: late("catalogue"),
    keys: late("keys"),
    retention: late("retention"),
    funnel: late("funnel"),
    findings: late("findings"),
    concurrency: late("concurrency"),
  };
}

/** Holds each handler to its path's parameters, as that of `routes.ts` does. */
function table<const Paths extends { readonly [Path in keyof Paths]: AdminResource<Path & string> }>(
  paths: Paths & Readonly<Partial<Record<AdminPath, unknown>>>,
): Readonly<Record<string, Resource>> {
  return paths as unknown as Readonly<Record<string, Resource>>;
}

function failureLimitOf({ signInFailuresMax, signInFailuresMs, clock, log }: AdminContext): FailureLimit {
  return new FailureLimit({
    failuresMax: signInFailuresMax,
    periodMs: signInFailuresMs,
    elapsedMs: () => clock.elapsedMs(),
    log,
  });
}
