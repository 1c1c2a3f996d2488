/** How long a connection may be idle, and a wrapper for handlers that take longer. */

import type { BunRequest } from "bun";
import type { ServerSide } from "./server-side.ts";

/** Slow senders of headers or bodies are cut off after this. */
export const IDLE_TIMEOUT_S = 10;

/** Any handler, with any further arguments. */
type Patient<Path extends string, Rest extends unknown[]> = (
  request: BunRequest<Path>,
  headers: Readonly<Record<string, string>>,
  server: ServerSide,
  ...rest: Rest
) => Response | Promise<Response>;

/**
 * Lets a handler take long: to Bun a connection is idle while its answer is made, and would be cut off.
 *
 * The handler needs a bound of its own. Afterwards the connection gets its timeout back, or it could stay for ever.
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
