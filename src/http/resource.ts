/** Completes a path: OPTIONS, HEAD, 405 with Allow, errors as answers. Bun's router does none of it. */

import type { BunRequest, Server } from "bun";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { discardBody } from "./body.ts";
import { type CorsPolicy, createCors, preflight } from "./cors.ts";
import { BodyError, errorResponse, STATUS_BY_CODE } from "./errors.ts";
import type { RouteMeter } from "./meter.ts";

export type Method = "GET" | "POST" | "DELETE";

/** What a handler may ask of the server about its connection: whose it is, and to leave it open while it is idle. */
export type ServerSide = Pick<Server<unknown>, "timeout" | "requestIP">;

/** Answers a request; `headers` are those that each of its answers carries. */
export type Handler = (
  request: BunRequest<string>,
  headers: Readonly<Record<string, string>>,
  server: ServerSide,
) => Response | Promise<Response>;

/** A path's function as Bun calls it. */
export type RouteHandler = (request: BunRequest<string>, server: ServerSide) => Promise<Response>;

export interface Resource {
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
  /** Says where else a request belongs that this path refuses. */
  readonly hint?: string;
  /** Absent on every path that no other origin may read. */
  readonly cors?: CorsPolicy;
}

/** What isn't for every origin is for no cache either: it is behind the token, or true only now. */
const PRIVATE = { "Cache-Control": "no-store" };

/** Makes the one function that Bun calls for a path, whatever the method. */
export function resource(
  { methods, cors, hint }: Resource,
  { log, meter, route }: { readonly log: Log; readonly meter: RouteMeter; readonly route: string },
): RouteHandler {
  const headersOf = cors ? createCors(cors) : () => PRIVATE;
  const allow = allowOf(methods);

  function answer(request: BunRequest<string>, headers: Readonly<Record<string, string>>, server: ServerSide) {
    const method = request.method === "HEAD" ? "GET" : request.method;
    const handler = Object.hasOwn(methods, method) ? methods[method as Method] : undefined;
    if (handler) return handler(request, headers, server);
    if (method === "OPTIONS" && cors) return preflight(request, headers);
    if (method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow: allow } });
    const refusal = new AppError("method-not-allowed", hint ?? `This path takes ${allow}`);
    return failure(request, refusal, { ...headers, Allow: allow, ...closing(request) }, { log, route });
  }

  return async (request, server) => {
    const sinceMs = meter.begin();
    const headers = headersOf(request);
    let response: Response;
    try {
      response = await answer(request, headers, server);
    } catch (error) {
      await discardBody(request);
      response = failure(request, error, headers, { log, route });
    }
    meter.end(request.method, response.status, sinceMs);
    return response;
  };
}

/** An answer that is given without reading the body ends the connection: Bun would take in the rest for ever. */
export function closing(request: Request): Readonly<Record<string, string>> {
  return request.body === null ? {} : { Connection: "close" };
}

/** The answer to an error. A bug is logged as one, a refusal for those who debug a player. */
export function failure(
  request: Request,
  error: unknown,
  headers: Readonly<Record<string, string>>,
  { log, route }: { readonly log: Log; readonly route: string },
): Response {
  if (error instanceof AppError) {
    // Neither values nor the path, which may hold an id.
    const pointers = error instanceof BodyError ? error.problems.map(({ pointer }) => pointer).join(" ") : undefined;
    const refused = { route, method: request.method, status: STATUS_BY_CODE[error.code], code: error.code };
    log.debug("Refused", { ...refused, ...(pointers && { pointers }) });
  } else {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error("A request failed", { method: request.method, error: String(error), at: stack.split("\n")[1] ?? "" });
  }
  return errorResponse(error, request.bodyUsed ? headers : { ...headers, ...closing(request) });
}

function allowOf(methods: Resource["methods"]): string {
  const names = Object.keys(methods);
  return ["OPTIONS", ...(names.includes("GET") ? ["HEAD"] : []), ...names].join(", ");
}
