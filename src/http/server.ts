/** Bun.serve and nothing else. */

import { AppError } from "../base/errors.ts";
import { COLLECT, corsHeaders } from "./cors.ts";
import { closing, failure } from "./resource.ts";
import { type RouteContext, routesOf } from "./routes.ts";

export interface ServerOptions extends RouteContext {
  readonly host: string;
  readonly port: number;
}

export interface Server {
  readonly port: number;
  /** Takes no new connection, resolves when every request under way is answered. */
  stop(): Promise<void>;
  /** Cuts every connection. */
  kill(): Promise<void>;
}

/**
 * Far above our own bounds: over it Bun answers a bare 413 that no browser may read. Our own handlers check the
 * declared length first and stop reading a chunked body at its bound, so that nothing of this size is ever held.
 */
const BODY_BYTES_MAX_OF_BUN = 2 ** 40;
/** Slow senders of headers or bodies are cut off after this. */
const IDLE_TIMEOUT_S = 10;

/**
 * Listens.
 *
 * @throws AppError `cannot-listen`
 */
export function startServer(options: ServerOptions): Server {
  const { host, port, log } = options;
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      // The default sends pages with source code to whoever meets an error.
      development: false,
      // Bun would share the port with another server, and half of a player's events would reach the wrong one.
      reusePort: false,
      maxRequestBodySize: BODY_BYTES_MAX_OF_BUN,
      idleTimeout: IDLE_TIMEOUT_S,
      routes: routesOf(options),
      fetch(request) {
        const headers = isPublic(request) ? corsHeaders(COLLECT) : {};
        const error = new AppError("not-found", "There is nothing at this path");
        return failure(request, error, { ...headers, ...closing(request) }, log);
      },
      error(error) {
        return failure(new Request("http://playhead.invalid"), error, corsHeaders(COLLECT), log);
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

/** Whether a browser on another origin may read the answer; never decided by a URL parser, which a Host can break. */
function isPublic(request: Request): boolean {
  return /^https?:\/\/[^/]*\/api\//.test(request.url);
}
