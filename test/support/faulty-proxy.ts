/** A proxy of one server that loses answers, cuts connections, says 503, or keeps its clients waiting. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What becomes of a request: it goes through; it arrives and its answer is lost; it doesn't arrive; it is refused; or it
 * arrives, and its answer is kept for longer than any client waits.
 */
export type Fate = "pass" | "lose" | "cut" | "refuse" | "keep";

export interface FaultyProxyOptions {
  /** Where the server is now: it may be another after a restart. */
  readonly upstream: () => string;
  readonly fateOf: (request: Proxied) => Fate;
  /** Called with a request once its answer is there, before the client gets it or doesn't. */
  readonly onAnswered: (request: Proxied) => Promise<void>;
}

interface Proxied {
  /** Whether it opens a session; else it adds to one. */
  readonly isStart: boolean;
  /** How many of its kind came before. */
  readonly at: number;
}

interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
}

export async function startFaultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const counts = { start: 0, event: 0 };
  const server = createServer((request, response) => {
    const isStart = request.url?.endsWith("/sessions") ?? false;
    const kind = isStart ? "start" : "event";
    const each = { isStart, at: counts[kind] };
    counts[kind] += 1;
    void handle(options, each, request, response).catch(() => response.socket?.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => close(server),
  };
}

async function handle(
  { upstream, fateOf, onAnswered }: FaultyProxyOptions,
  each: Proxied,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const fate = fateOf(each);
  if (fate === "cut") return void response.socket?.destroy();
  if (fate === "refuse") return void response.writeHead(503, { "Retry-After": "1" }).end();
  const answer = await fetch(upstream() + request.url, {
    method: request.method ?? "POST",
    body: Buffer.concat(chunks),
    headers: { "Content-Type": request.headers["content-type"] ?? "" },
  });
  await answer.arrayBuffer();
  await onAnswered(each);
  if (fate === "lose") return void response.socket?.destroy();
  if (fate === "keep") return;
  const location = answer.headers.get("Location");
  response.writeHead(answer.status, location === null ? {} : { Location: location }).end();
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
