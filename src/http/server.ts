/** Bun.serve and nothing else. */

import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { collectPolicy, createCors } from "./cors.ts";
import type { MetricsContext } from "./handlers/metrics.ts";
import { type Listener, listenOn, type Tls, whyNot } from "./listener.ts";
import type { Meter } from "./meter.ts";
import { IDLE_TIMEOUT_S } from "./patience.ts";
import { closing, failure, type RouteHandler } from "./resource.ts";
import { metricsResourcesOf, type RouteContext, resourcesOf, routesOf } from "./routes.ts";

interface Place {
  readonly host: string;
  readonly port: number;
  /** Serves HTTPS, and HTTP/2 to clients that ask for it. */
  readonly tls?: Tls | undefined;
}

export interface ServerOptions extends RouteContext, Place {}

export interface MetricsServerOptions extends MetricsContext, Place {
  readonly log: Log;
  readonly meter: Meter;
}

export type Server = Listener;

/**
 * Far above our own bounds: over it Bun answers a bare 413 that no browser may read. Our own handlers check the
 * declared length first and stop reading a chunked body at its bound, so that nothing of this size is ever held.
 */
const BODY_BYTES_MAX_OF_BUN = 2 ** 40;
/** The route, in metrics, of whatever has none. */
const NO_ROUTE = "none";

/**
 * Listens.
 *
 * @throws AppError `cannot-listen`
 */
export function startServer(options: ServerOptions): Server {
  const corsOf = createCors(collectPolicy(options.origins));
  return listen(options, routesOf(resourcesOf(options), options), (request) =>
    isPublic(request) ? corsOf(request) : {},
  );
}

/** Listens where `/metrics` needs no token. @throws AppError `cannot-listen` */
export function startMetricsServer(options: MetricsServerOptions): Server {
  return listen(options, routesOf(metricsResourcesOf(options), options), () => ({}));
}

/** @param headersOf the headers of an answer at a path that isn't there, and of a fault outside of any handler */
function listen(
  { host, port, tls, log, meter }: Place & { readonly log: Log; readonly meter: Meter },
  routes: Record<string, RouteHandler>,
  headersOf: (request: Request) => Readonly<Record<string, string>>,
): Server {
  const elsewhere = meter.route(NO_ROUTE);
  const elsewhereLog = { log, route: NO_ROUTE };
  try {
    return listenOn(port, tls, (at, certificate) =>
      Bun.serve({
        hostname: host,
        port: at,
        ...(certificate && { tls: { ...certificate }, http2: true }),
        // The default sends pages with source code to whoever meets an error.
        development: false,
        // Bun would share the port with another server, and half of a player's events would reach the wrong one.
        reusePort: false,
        maxRequestBodySize: BODY_BYTES_MAX_OF_BUN,
        idleTimeout: IDLE_TIMEOUT_S,
        routes,
        fetch(request) {
          const sinceMs = elsewhere.begin();
          const error = new AppError("not-found", "There is nothing at this path");
          const response = failure(request, error, { ...headersOf(request), ...closing(request) }, elsewhereLog);
          elsewhere.end(request.method, response.status, sinceMs);
          return response;
        },
        error(error) {
          const unknown = new Request("http://playhead.invalid/api/");
          return failure(unknown, error, headersOf(unknown), elsewhereLog);
        },
      }),
    );
  } catch (error) {
    throw new AppError("cannot-listen", `Cannot listen on ${host}:${port}: ${whyNot(error)}`, { cause: error });
  }
}

/** Whether a browser on another origin may read the answer; never decided by a URL parser, which a Host can break. */
function isPublic(request: Request): boolean {
  return /^https?:\/\/[^/]*\/api\//.test(request.url);
}
