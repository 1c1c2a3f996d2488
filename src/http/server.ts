/** Bun.serve and nothing else. */

import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { createCors } from "./cors.ts";
import type { MetricsContext } from "./handlers/metrics.ts";
import type { Meter } from "./meter.ts";
import { IDLE_TIMEOUT_S } from "./patience.ts";
import { pathOf } from "./rejection.ts";
import { closing, failure, type Resource, type RouteHandler } from "./resource.ts";
import { metricsResourcesOf, type RouteContext, resourcesOf, routesOf } from "./routes.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ServerOptions extends RouteContext, Address {}

export interface MetricsServerOptions extends MetricsContext, Address {
  readonly log: Log;
  readonly meter: Meter;
}

export interface Server {
  readonly port: number;
  /** Takes no new connection, resolves when every request under way is answered. */
  stop(): Promise<void>;
  /** Cuts every connection. */
  kill(): Promise<void>;
}

/** @param path undefined where no request is known */
type HeadersElsewhere = (request: Request, path?: string) => Readonly<Record<string, string>>;

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
  const resources = resourcesOf(options);
  return listen(options, routesOf(resources, options), headersElsewhere(resources));
}

/** Listens where `/metrics` needs no token. @throws AppError `cannot-listen` */
export function startMetricsServer(options: MetricsServerOptions): Server {
  return listen(options, routesOf(metricsResourcesOf(options), options), () => ({}));
}

/** @param headersOf the headers of an answer at a path that isn't there, and of a fault outside of any handler */
function listen(
  { host, port, log, meter }: Address & { readonly log: Log; readonly meter: Meter },
  routes: Record<string, RouteHandler>,
  headersOf: HeadersElsewhere,
): Server {
  const elsewhere = meter.route(NO_ROUTE);
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      // The default answers an error with a page of source code.
      development: false,
      // Bun would share the port with another server, and half of a player's events would reach the wrong one.
      reusePort: false,
      maxRequestBodySize: BODY_BYTES_MAX_OF_BUN,
      idleTimeout: IDLE_TIMEOUT_S,
      routes,
      fetch(request) {
        const sinceMs = elsewhere.begin();
        const error = new AppError("not-found", "There is nothing at this path");
        const response = failure(
          request,
          error,
          { ...headersOf(request, pathOf(request.url)), ...closing(request) },
          log,
        );
        elsewhere.end(request.method, response.status, sinceMs);
        return response;
      },
      error(error) {
        const unknown = new Request("http://playhead.invalid/");
        return failure(unknown, error, headersOf(unknown), log);
      },
    });
    return {
      port: server.port ?? port,
      stop: () => server.stop(),
      kill: () => server.stop(true),
    };
  } catch (error) {
    const { code = String(error) } = error as { code?: string };
    const why = code === "EADDRINUSE" ? "another process does" : `this machine has no such address (${code})`;
    throw new AppError("cannot-listen", `Cannot listen on ${host}:${port}: ${why}`, { cause: error });
  }
}

/**
 * The headers of what no route answers. Under the first segment of a path that players call, their pages may read it,
 * and a fault outside of any handler may have been theirs.
 */
export function headersElsewhere(resources: Readonly<Record<string, Resource>>): HeadersElsewhere {
  const players = Object.entries(resources).flatMap(([path, { cors }]) =>
    cors?.isForPlayers ? [{ segment: segmentOf(path), headersOf: createCors(cors) }] : [],
  );
  return (request, path) => {
    const found = path === undefined ? players[0] : players.find(({ segment }) => segment === segmentOf(path));
    return found?.headersOf(request) ?? {};
  };
}

function segmentOf(path: string): string | undefined {
  return path.split("/", 2)[1];
}
