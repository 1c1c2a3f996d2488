/** Bun.serve and nothing else. */

import { AppError } from "../base/errors.ts";
import { createCors } from "./answer/cors.ts";
import { errorResponse } from "./answer/errors.ts";
import type { FailureLog } from "./answer/failure-log.ts";
import { pathOf } from "./answer/rejection.ts";
import { type ConnectionLimitOptions, type Door, limitConnections } from "./connections.ts";
import type { MetricsContext } from "./handlers/metrics.ts";
import { type Listener, listenOn, type Tls, whyNot } from "./listener.ts";
import type { Meter } from "./meter.ts";
import { IDLE_TIMEOUT_S } from "./patience.ts";
import { drain } from "./read/body.ts";
import { closing, type Resource, type RouteHandler } from "./resource.ts";
import { metricsResourcesOf, type RouteContext, resourcesOf, routesOf } from "./routes.ts";

interface Address {
  readonly host: string;
  readonly port: number;
  /** Serves HTTPS, and HTTP/2 to clients that ask for it. */
  readonly tls?: Tls | undefined;
}

interface ServerOptions extends RouteContext, AnswerCounters, Address, Pick<ConnectionLimitOptions, "connectionsMax"> {
  /** Absent where descriptors can't be counted: connections then have no bound. */
  readonly descriptors?: ConnectionLimitOptions["descriptors"] | undefined;
}

export interface MetricsServerOptions extends MetricsContext, AnswerCounters, Address {}

/** Counts answers, and logs failures. */
interface AnswerCounters {
  readonly failures: FailureLog;
  readonly meter: Meter;
}

export type Server = Listener;

/** @param path undefined where no request is known */
type HeadersElsewhere = (request: Request, path?: string) => Readonly<Record<string, string>>;

/**
 * Far above our own bounds: over it Bun answers a bare 413 that no browser may read. Our own handlers check the
 * declared length first and stop reading a chunked body at its bound, so that nothing of this size is ever held.
 */
const BODY_BYTES_MAX_OF_BUN = 2 ** 40;
/** The route of all other requests, in metrics. */
const NO_ROUTE = "none";

/**
 * Listens.
 *
 * @throws AppError `cannot-listen`
 */
export function startServer(options: ServerOptions): Server {
  const { connectionsMax, descriptors, clock, log } = options;
  const resources = resourcesOf(options);
  const listening = listen(options, routesOf(resources, options), headersElsewhere(resources));
  if (!descriptors) return listening;
  const limit = limitConnections({ connectionsMax, descriptors, door: listening, clock, log });
  const ended = (end: () => Promise<void>) => () => {
    limit[Symbol.dispose]();
    return end();
  };
  return { ...listening, stop: ended(listening.stop), kill: ended(listening.kill) };
}

/** Listens where `/metrics` needs no token. @throws AppError `cannot-listen` */
export function startMetricsServer(options: MetricsServerOptions): Server {
  return listen(options, routesOf(metricsResourcesOf(options), options), () => ({}));
}

/** @param headersOf the headers of an answer at a path that isn't there, and of a fault outside of any handler */
function listen(
  { host, port, tls, failures, meter }: Address & AnswerCounters,
  routes: Record<string, RouteHandler>,
  headersOf: HeadersElsewhere,
): Server & Door {
  const elsewhere = meter.route(NO_ROUTE);
  try {
    return listenOn(port, tls, (at, certificate) =>
      Bun.serve({
        hostname: host,
        port: at,
        ...(certificate && { tls: { ...certificate }, http2: true }),
        // The default answers an error with a page of source code.
        development: false,
        // Bun would share the port with another server, and half of a player's events would reach the wrong one.
        reusePort: false,
        maxRequestBodySize: BODY_BYTES_MAX_OF_BUN,
        idleTimeout: IDLE_TIMEOUT_S,
        routes,
        async fetch(request) {
          const sinceMs = elsewhere.begin();
          const error = new AppError("not-found", "There is nothing at this path");
          failures.note(error, request.method, NO_ROUTE);
          const response = errorResponse(error, { ...headersOf(request, pathOf(request.url)), ...closing(request) });
          elsewhere.end(request.method, response.status, sinceMs);
          await drain(request);
          return response;
        },
        error(error) {
          const unknown = new Request("http://playhead.invalid/");
          failures.note(error, "unknown", NO_ROUTE);
          return errorResponse(error, headersOf(unknown));
        },
      }),
    );
  } catch (error) {
    throw new AppError("cannot-listen", `Cannot listen on ${host}:${port}: ${whyNot(error)}`, { cause: error });
  }
}

/**
 * The headers of an answer outside of all routes. Players' pages may read it under the first segment of their paths,
 * and after a fault outside of any handler, since the request may have been theirs.
 */
export function headersElsewhere(resources: Readonly<Record<string, Resource>>): HeadersElsewhere {
  const players = Object.entries(resources).flatMap(([path, { also = [], cors }]) =>
    cors?.isForPlayers ? [path, ...also].map((at) => ({ segment: segmentOf(at), headersOf: createCors(cors) })) : [],
  );
  return (request, path) => {
    const found = path === undefined ? players[0] : players.find(({ segment }) => segment === segmentOf(path));
    return found?.headersOf(request) ?? {};
  };
}

function segmentOf(path: string): string | undefined {
  return path.split("/", 2)[1];
}
