/** Nodes as processes that reach their PostgreSQL through a proxy, as through an address that may lead elsewhere. */

import { join } from "node:path";
import type { Ledger } from "../../support/ledger.ts";
import { ask, GUARDED_ROLE, type OwnPostgres, startOwnPostgres } from "../../support/postgres.ts";
import { type ProcessOptions, type ServerProcess, startProcess } from "../../support/process.ts";
import { ADMIN_TOKEN } from "../../support/requests.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** The password of the nodes' role, which nothing may print. */
export const SECRET = "a-password-that-no-one-may-read";

export interface ProxiedNodes extends AsyncDisposable {
  /** What is behind the proxy now. */
  readonly primary: OwnPostgres;
  readonly proxy: TcpProxy;
  /** Changes what is behind the proxy, and ends its connections. */
  leadTo(primary: OwnPostgres): void;
  readonly nodes: readonly ServerProcess[];
  /** The URL that the nodes have. */
  readonly url: string;
  /** Asks the primary as its administrator, without the proxy. */
  query<Row>(statement: string): Promise<Row[]>;
}

interface ProxiedOptions {
  readonly count: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** How the process of each node differs. */
  readonly processOf?: (node: number) => ProcessOptions;
  readonly postgres?: OwnPostgres;
}

export async function startProxiedNodes(options: ProxiedOptions): Promise<ProxiedNodes> {
  await using opening = new AsyncDisposableStack();
  const directory = opening.use(tempDir());
  let primary = options.postgres ?? opening.use(await startOwnPostgres({ durable: true }));
  const url = new URL(await guardedDatabase(primary));
  const proxy = opening.use(await startTcpProxy(primary.port));
  const direct = new URL(url);
  url.port = String(proxy.port);
  const starts = Array.from({ length: options.count }, (_, node) => {
    const process = options.processOf?.(node) ?? {};
    const settings = { STORE: url.href, ADMIN_TOKEN, ...options.settings, ...process.settings };
    return startProcess(join(directory.path, String(node)), { ...process, settings });
  });
  const nodes = await Promise.all(starts);
  for (const node of nodes) opening.use(node);
  const opened = opening.move();
  return {
    get primary() {
      return primary;
    },
    proxy,
    leadTo: (other) => {
      primary = other;
      proxy.upstream = other.port;
      proxy.cutAll();
    },
    nodes,
    url: url.href,
    query: (statement) => {
      direct.port = String(proxy.upstream);
      direct.username = "playhead";
      return ask(direct.href, statement);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Makes a database that belongs to a role with a password. */
export async function guardedDatabase(postgres: OwnPostgres): Promise<string> {
  const url = new URL(await postgres.createDatabase());
  const [role] = await postgres.run(`SELECT FROM pg_roles WHERE rolname = '${GUARDED_ROLE}'`);
  if (!role) await postgres.run(`CREATE ROLE ${GUARDED_ROLE} LOGIN PASSWORD '${SECRET}'`);
  await postgres.run(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${GUARDED_ROLE}`);
  url.username = GUARDED_ROLE;
  url.password = SECRET;
  return url.href;
}

/** What a database has of what players sent. */
interface Held {
  readonly acknowledged: number;
  readonly refused: number;
  /** Acknowledged starts and events that the database lacks. */
  readonly lost: number;
  /** Starts and events that it has more than once: players of a {@link Ledger} repeat none. */
  readonly twice: number;
}

/** Compares the answers that players got with what is stored. */
export async function heldAgainst(ledger: Ledger, query: ProxiedNodes["query"]): Promise<Held> {
  const rows = await query<{ key: string }>(
    `SELECT encode(s.sid, 'hex') || ' ' || e.playhead / 1000 AS key FROM events e JOIN sessions s ON s.id = e.session
     UNION ALL SELECT encode(sid, 'hex') FROM sessions`,
  );
  const kept = new Set(rows.map(({ key }) => key));
  const acknowledged = ledger.sessions.flatMap(({ sid, acknowledged: seconds }) => [
    sid,
    ...seconds.map((second) => `${sid} ${second}`),
  ]);
  return {
    acknowledged: acknowledged.length,
    refused: ledger.refused,
    lost: acknowledged.filter((key) => !kept.has(key)).length,
    twice: rows.length - kept.size,
  };
}
