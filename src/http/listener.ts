/** A listening server whose certificate can be replaced while it serves. */

import type { Server as BunServer } from "bun";

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

type Serve = (port: number, tls: Tls | undefined) => BunServer<unknown>;

/**
 * Listens.
 *
 * Bun keeps the certificate that a server was started with, so that another one takes another server on the same port.
 */
export function listenOn(port: number, tls: Tls | undefined, serve: Serve): Listener {
  let server = serve(port, tls);
  const boundPort = server.port ?? port;
  const retiring = new Map<BunServer<unknown>, Promise<void>>();

  function retire(old: BunServer<unknown>): void {
    retiring.set(
      old,
      old.stop().finally(() => retiring.delete(old)),
    );
  }

  return {
    port: boundPort,
    replaceTls(next) {
      // One port has one listener. Both calls are synchronous: the port is closed for less than a millisecond.
      if (!retiring.has(server)) retire(server);
      server = serve(boundPort, next);
    },
    stop: async () => {
      await Promise.all([server.stop(), ...retiring.values()]);
    },
    kill: async () => {
      await Promise.all([server, ...retiring.keys()].map((each) => each.stop(true)));
    },
  };
}

/** Says why a port can't be listened on, and the way out. */
export function whyNot(error: unknown): string {
  const { code = String(error) } = error as { code?: string };
  switch (code) {
    case "EADDRINUSE":
      return "another process does";
    case "EACCES":
      return "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another, or put a proxy in front";
    case "EADDRNOTAVAIL":
      return `this machine has no such address (${code})`;
    default:
      return code;
  }
}
