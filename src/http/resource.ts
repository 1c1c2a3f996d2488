/** Completes a path: OPTIONS, HEAD, 405 with Allow, errors as answers. Bun's router does none of it. */

import type { BunRequest, Server } from "bun";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { type CorsPolicy, corsHeaders, preflight } from "./cors.ts";
import { errorResponse } from "./errors.ts";

export type Method = "GET" | "POST" | "DELETE";

/**
 * Answers a request; `headers` are those that each of its answers carries.
 *
 * @param liftTimeout lets the answer take as long as it needs: an idle connection is cut otherwise
 */
export type Handler = (
  request: BunRequest<string>,
  headers: Readonly<Record<string, string>>,
  liftTimeout: () => void,
) => Response | Promise<Response>;

/** A path's function as Bun calls it. */
export type RouteHandler = (request: BunRequest<string>, server: Pick<Server<unknown>, "timeout">) => Promise<Response>;

export interface Resource {
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
  /** Absent on every path that no other origin may read. */
  readonly cors?: CorsPolicy;
}

/** What isn't for every origin is for no cache either: it is behind the token, or true only now. */
const PRIVATE = { "Cache-Control": "no-store" };

/** Makes the one function that Bun calls for a path, whatever the method. */
export function resource({ methods, cors }: Resource, log: Log): RouteHandler {
  const headers = cors ? corsHeaders(cors) : PRIVATE;
  const allow = allowOf(methods);
  return async (request, server) => {
    const method = request.method === "HEAD" ? "GET" : request.method;
    const handler = Object.hasOwn(methods, method) ? methods[method as Method] : undefined;
    try {
      if (handler) return await handler(request, headers, () => server.timeout(request, 0));
    } catch (error) {
      return failure(request, error, headers, log);
    }
    if (request.method === "OPTIONS" && cors) return preflight(request, cors);
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow: allow } });
    const refusal = new AppError("method-not-allowed", `This path takes ${allow}`);
    return errorResponse(refusal, { ...headers, Allow: allow, ...closing(request) });
  };
}

/** An answer that is given without reading the body ends the connection: Bun would take in the rest for ever. */
export function closing(request: Request): Readonly<Record<string, string>> {
  return request.body === null ? {} : { Connection: "close" };
}

/** The answer to an error, logged when it is a bug. */
export function failure(
  request: Request,
  error: unknown,
  headers: Readonly<Record<string, string>>,
  log: Log,
): Response {
  if (!(error instanceof AppError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error("A request failed", { method: request.method, error: String(error), at: stack.split("\n")[1] ?? "" });
  }
  return errorResponse(error, request.bodyUsed ? headers : { ...headers, ...closing(request) });
}

function allowOf(methods: Resource["methods"]): string {
  const names = Object.keys(methods);
  return ["OPTIONS", ...(names.includes("GET") ? ["HEAD"] : []), ...names].join(", ");
}
