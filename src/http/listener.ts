/** A listening server whose certificate can be replaced, and that can refuse connections for a while. */

import type { Server as BunServer } from "bun";
import type { Door } from "./connections.ts";
import { boundReceiving } from "./receive-buffer.ts";

/** A certificate chain and its private key, as PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface Listener {
  readonly port: number;
  /** Serves new connections with another certificate; requests under way end on the old one. */
  replaceTls(tls: Tls): void;
  /** Takes no new connection, resolves when every request under way is answered. */
  stop(): Promise<void>;
  /** Cuts every connection. */
  kill(): Promise<void>;
}

/** How often a stop looks for requests under way, and how often in a row it must find none: one may be arriving. */
const LOOK_MS = 50;
const LOOKS_MIN = 5;

type Serve = (port: number, tls: Tls | undefined) => BunServer<unknown>;

/**
 * Listens.
 *
 * Bun's server keeps its certificate and can only stop. So another one takes its place on the port, for another
 * certificate or after connections were refused for a while.
 */
export function listenOn(port: number, tls: Tls | undefined, listen: Serve): Listener & Door {
  const serve: Serve = (...args) => {
    const server = listen(...args);
    boundReceiving();
    return server;
  };
  let certificate = tls;
  let last: BunServer<unknown> | undefined = serve(port, certificate);
  const boundPort = last.port ?? port;
  /** Those before the last may still be answering. */
  const retiring = new Map<BunServer<unknown>, Promise<void>>();
  let isClosed = false;

  function retire(): void {
    if (!last) return;
    const old = last;
    last = undefined;
    retiring.set(
      old,
      old.stop().finally(() => retiring.delete(old)),
    );
  }

  return {
    port: boundPort,
    replaceTls(next) {
      certificate = next;
      if (isClosed) return;
      // One port has one listener. Both calls are synchronous: the port is closed for less than a millisecond.
      retire();
      last = serve(boundPort, certificate);
    },
    stop: async () => {
      retire();
      await Promise.all([...retiring].map(([server, stopped]) => Promise.race([stopped, answered(server)])));
    },
    kill: async () => {
      const servers = [...retiring.keys(), ...(last ? [last] : [])];
      await Promise.all(servers.map((each) => each.stop(true)));
    },
    closeIdle: () => void last?.closeIdleConnections(),
    close() {
      isClosed = true;
      retire();
    },
    open() {
      last = serve(boundPort, certificate);
      isClosed = false;
    },
  };
}

/**
 * Resolves once no request has been under way for a moment.
 *
 * To Bun's own stop a connection isn't idle if its last request was answered before the body's end, even when all of
 * the body has come: a refused body would delay each stop for as long as that may take.
 */
async function answered(server: BunServer<unknown>): Promise<void> {
  for (let looks = 0; looks < LOOKS_MIN; looks = server.pendingRequests === 0 ? looks + 1 : 0) await Bun.sleep(LOOK_MS);
}

/** Says why a port can't be listened on, and the way out. */
export function whyNot(error: unknown): string {
  const { code = String(error) } = error as { code?: string };
  switch (code) {
    case "EADDRINUSE":
      return "another process has the port; end that, or choose another port";
    case "EACCES":
      return "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another, or put a proxy in front";
    case "EADDRNOTAVAIL":
      return `this machine has no such address (${code}); use one of its own, or 0.0.0.0 for all`;
    // Bun's code for a name that can't be resolved.
    case "ENOENT":
      return "no address has this name; use an address of this machine, or 0.0.0.0 for all";
    default:
      return code;
  }
}
