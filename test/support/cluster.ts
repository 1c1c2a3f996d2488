/** Several servers as processes on one PostgreSQL, which a test may kill or freeze. */

import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { ask, type Postgres, startPostgres } from "./postgres.ts";
import { type ServerProcess, startProcess } from "./process.ts";
import { ADMIN_TOKEN } from "./requests.ts";
import { tempDir } from "./temp-dir.ts";

export interface Cluster extends AsyncDisposable {
  readonly postgres: Postgres;
  /** The URL of the store. */
  readonly store: string;
  /** The addresses of the servers, which they keep when they are started again. */
  readonly urls: readonly string[];
  /** The process of a server; undefined between a kill and its next start. */
  pidOf(node: number): number | undefined;
  /** Ends a server with -9, and starts it again at its address. */
  restart(node: number): Promise<void>;
  /** Reads from the database. */
  query<Row>(text: string): Promise<Row[]>;
}

/** @param settings environment names without their prefix */
export async function startCluster(nodes: number, settings: Readonly<Record<string, string>>): Promise<Cluster> {
  const directory = tempDir();
  const postgres = await startPostgres({ durable: true });
  const url = await postgres.createDatabase();
  const ports = Array.from({ length: nodes }, freePort);
  const start = (node: number) =>
    startProcess(join(directory.path, String(node)), {
      settings: { ...settings, STORE: url, ADMIN_TOKEN, PORT: String(ports[node]) },
    });
  const servers: (ServerProcess | undefined)[] = await Promise.all(ports.map((_, node) => start(node)));
  return {
    postgres,
    store: url,
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    pidOf: (node) => servers[node]?.pid,
    restart: async (node) => {
      const server = servers[node];
      servers[node] = undefined;
      await server?.[Symbol.asyncDispose]();
      // A database that is down at this moment ends the start: a supervisor tries again.
      for (let tries = 0; !servers[node] && tries < 50; tries += 1) {
        servers[node] = await start(node).catch(() => undefined);
      }
    },
    query: (text) => ask(url, text),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server?.[Symbol.asyncDispose]()));
      await postgres[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}
