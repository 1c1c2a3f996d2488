/** Asks the server that uses a data directory, for commands that must not open its database themselves. */

import { AppError } from "../base/errors.ts";
import { readAddress } from "./address.ts";
import { keptAdminToken } from "./admin-token.ts";

interface ServerRequest {
  /** Starts with a slash. */
  readonly path: string;
  /** Sent as JSON; a stream as it is. */
  readonly body: unknown;
  readonly signal?: AbortSignal;
  /** The operator's token; by default the one in the data directory. */
  readonly adminToken: string | undefined;
}

const TOLD_CHARS_MAX = 200;

/**
 * Posts to the directory's server, and waits for the answer without a limit.
 *
 * @returns the JSON of a successful answer
 * @throws AppError `server-unreachable` when the server can't be asked, or refuses
 */
export async function askServer(dataDir: string, request: ServerRequest): Promise<unknown> {
  const { path, body: asked, adminToken, signal } = request;
  const url = readAddress(dataDir);
  if (url === undefined) {
    throw unreachable("another process uses the data directory, and no server listens; try again later");
  }
  const token = adminToken ?? keptAdminToken(dataDir);
  if (token === undefined) throw unreachable("its admin token is needed: set PLAYHEAD_ADMIN_TOKEN");
  const headers = { Authorization: `Bearer ${token}` };
  const sent = asked instanceof ReadableStream ? asked : JSON.stringify(asked);
  const response = await send(url + path, {
    method: "POST",
    headers,
    body: sent,
    timeout: false,
    ...(signal && { signal }),
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  if (response.status === 401) {
    throw unreachable(
      "it refuses the admin token; restart it after `token --new`, or set PLAYHEAD_ADMIN_TOKEN to its own",
    );
  }
  const { message = "" } = (body ?? {}) as { message?: string };
  throw unreachable(`it answered ${response.status} ${String(message).slice(0, TOLD_CHARS_MAX)}`.trim());
}

async function send(url: string, init: BunFetchRequestInit): Promise<Response> {
  try {
    // The address is this machine's own, where a certificate names the public host.
    return await fetch(url, { ...init, tls: { rejectUnauthorized: false } });
  } catch (error) {
    init.signal?.throwIfAborted();
    const { code = "no answer" } = error as { code?: string };
    throw unreachable(`it does not answer (${code}); its log says why`, error);
  }
}

function unreachable(why: string, cause?: unknown): AppError {
  return new AppError("server-unreachable", `Cannot ask the server of the data directory: ${why}`, { cause });
}
