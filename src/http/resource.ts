/** Completes a path: OPTIONS, HEAD, 405 with Allow, errors as answers. Bun's router does none of it. */

import type { BunRequest } from "bun";
import { AppError } from "../base/errors.ts";
import { type CorsPolicy, createCors, preflight } from "./answer/cors.ts";
import { errorResponse, UnreadError } from "./answer/errors.ts";
import type { FailureLog } from "./answer/failure-log.ts";
import type { RouteMeter } from "./meter.ts";
import { drain, staysOpen } from "./read/body.ts";
import type { ServerSide } from "./server-side.ts";

export type Method = "GET" | "POST" | "DELETE";

/** Answers a request of a path with these parameters; `headers` go into each of its answers. */
export type Handler<Path extends string = string> = (
  request: BunRequest<Path>,
  headers: Readonly<Record<string, string>>,
  server: ServerSide,
) => Response | Promise<Response>;

/** Any path with a `:sid`. */
export type OneSession = "/:sid";

/** A path's function as Bun calls it. */
export type RouteHandler = (request: BunRequest<string>, server: ServerSide) => Promise<Response>;

export interface Resource<Path extends string = string> {
  readonly methods: Readonly<Partial<Record<Method, Handler<Path>>>>;
  /** Other paths of the resource, counted together with it. */
  readonly also?: readonly string[];
  /** Says where a request that this path refuses belongs. */
  readonly hint?: string;
  /** Absent on every path that no other origin may read. */
  readonly cors?: CorsPolicy;
  /** Makes error answers of another shape than ours. */
  readonly refuse?: (error: unknown, headers: Readonly<Record<string, string>>, request: Request) => Response;
}

/** Answers that aren't for every origin aren't for caches either: they need the token, or are true only now. */
const PRIVATE = { "Cache-Control": "no-store" };

/** Makes the one function that Bun calls for a path, whatever the method. */
export function resource(
  { methods, cors, hint, refuse = errorResponse }: Resource,
  failures: FailureLog,
  meter: RouteMeter,
): RouteHandler {
  const headersOf = cors ? createCors(cors) : () => PRIVATE;
  const allow = allowOf(methods);

  function answer(request: BunRequest<string>, headers: Readonly<Record<string, string>>, server: ServerSide) {
    const method = request.method === "HEAD" ? "GET" : request.method;
    const handler = Object.hasOwn(methods, method) ? methods[method as Method] : undefined;
    if (handler) return handler(request, headers, server);
    if (method === "OPTIONS" && cors) return preflight(request, headers, cors);
    if (method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow: allow } });
    const refusal = new AppError("method-not-allowed", hint ?? `This path takes ${allow}`);
    failures.note(refusal, request.method, meter.pattern);
    return refuse(refusal, { ...headers, Allow: allow, ...closing(request) }, request);
  }

  return async (request, server) => {
    const sinceMs = meter.begin();
    const headers = headersOf(request);
    let response: Response;
    try {
      response = await answer(request, headers, server);
    } catch (error) {
      const isRead = request.bodyUsed || request.body === null || staysOpen(request);
      const stays = isRead && !(error instanceof UnreadError);
      failures.note(error, request.method, meter.pattern);
      response = refuse(error, stays ? headers : { ...headers, ...CLOSING }, request);
    }
    meter.end(request.method, response.status, sinceMs);
    if (!request.bodyUsed) await drain(request);
    return response;
  };
}

const CLOSING = { Connection: "close" };

/** An answer before the body is read ends the connection: Bun would receive the rest for ever. */
export function closing(request: Request): Readonly<Record<string, string>> {
  return request.body === null ? {} : CLOSING;
}

function allowOf(methods: Resource["methods"]): string {
  const names = Object.keys(methods);
  return ["OPTIONS", ...(names.includes("GET") ? ["HEAD"] : []), ...names].join(", ");
}

/** Answers 200 with `value` as JSON. */
export function json(value: unknown, headers: Readonly<Record<string, string>>, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { ...headers, "Content-Type": "application/json" } });
}
