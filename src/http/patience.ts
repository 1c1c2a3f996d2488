/** How long a connection may be idle, and handlers that may take longer than that. */

import type { BunRequest } from "bun";
import type { ServerSide } from "./resource.ts";

/** Slow senders of headers or bodies are cut off after this. */
export const IDLE_TIMEOUT_S = 10;

/** Any handler, whatever else it is given. */
type Patient<Path extends string, Rest extends unknown[]> = (
  request: BunRequest<Path>,
  headers: Readonly<Record<string, string>>,
  server: ServerSide,
  ...rest: Rest
) => Response | Promise<Response>;

/**
 * Makes a handler whose client may wait for its answer: Bun takes a connection for idle while the answer is made, and
 * cuts it off without one.
 *
 * Whoever makes it has a bound of its own. Afterwards the connection is one like any other, or it would stay for ever.
 */
export function patient<Path extends string, Rest extends unknown[]>(
  handler: Patient<Path, Rest>,
): (...asked: Parameters<Patient<Path, Rest>>) => Promise<Response> {
  return async (request, headers, server, ...rest) => {
    server.timeout(request, 0);
    try {
      return await handler(request, headers, server, ...rest);
    } finally {
      server.timeout(request, IDLE_TIMEOUT_S);
    }
  };
}
