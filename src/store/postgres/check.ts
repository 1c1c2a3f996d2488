/** Looks at a PostgreSQL for what its operator should know: whether it keeps what it acknowledges, and has room. */

import { SECOND_MS } from "../../base/units.ts";
import type { PostgresClient } from "./client.ts";
import type { Big } from "./rows.ts";

/** What is well, or what to do about it. */
interface ServerFinding {
  readonly level: "ok" | "warning" | "problem";
  readonly message: string;
  readonly advice?: string;
}

interface ServerRow {
  readonly version: string;
  readonly synchronous_commit: string;
  readonly fsync: string;
  readonly synchronous_standbys: string;
  readonly standbys: number;
  readonly connections: number;
  readonly connections_max: number;
  readonly clock: Big;
  readonly snapshot_s: number | null;
  readonly heads: Big;
  readonly dead_heads: Big;
  readonly nodes: number;
  readonly versions: number;
  readonly is_standby: boolean;
  readonly read_only: string;
  readonly lost: Big;
}

/** Null for a role that may not see the transactions of others. */
const OLDEST_SNAPSHOT = `
    CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN
      (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8 FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) END`;
const LOOK = `
  SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('fsync') AS fsync, current_setting('synchronous_standby_names') AS synchronous_standbys,
    (SELECT count(*)::int FROM pg_stat_replication) AS standbys,
    (SELECT sum(numbackends)::int FROM pg_stat_database) AS connections,
    current_setting('max_connections')::int AS connections_max,
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS clock,
    ${OLDEST_SNAPSHOT} AS snapshot_s,
    coalesce((SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'heads'), 0) AS heads,
    coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'heads'), 0) AS dead_heads,
    (SELECT count(*)::int FROM nodes) AS nodes, (SELECT count(DISTINCT version)::int FROM nodes) AS versions,
    pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') AS read_only,
    coalesce((SELECT value FROM counters WHERE name = 'lost'), 0) AS lost`;

/** A node has up to so many connections, its Workers' included. */
const CONNECTIONS_PER_NODE = 18;
/** Another clock may be as far off: nodes go by the database's. */
const CLOCK_MS_MAX = 5 * SECOND_MS;
const SNAPSHOT_S_MAX = 60;
const DEAD_PER_HEAD = 2;
/** Fewer dead rows are a moment's. */
const DEAD_MIN = 100_000;

/** @param nowMs this machine's calendar */
export async function checkServer(client: PostgresClient, nowMs: () => number): Promise<ServerFinding[]> {
  const askedMs = nowMs();
  const [row] = await client.run<ServerRow>(LOOK);
  if (!row) return [];
  const offsetMs = Number(row.clock) - (askedMs + nowMs()) / 2;
  return [
    answerFinding(row),
    commitFinding(row),
    standbyFinding(row),
    historyFinding(row),
    connectionsFinding(row),
    clockFinding(offsetMs),
    snapshotFinding(row),
    headsFinding(row),
    nodesFinding(row),
  ];
}

/** How long the oldest transaction has been open, in seconds; undefined for a role that may not see all. */
export async function readOldestSnapshot(client: PostgresClient): Promise<number | undefined> {
  const [row] = await client.run<{ snapshot_s: number | null }>(`SELECT ${OLDEST_SNAPSHOT} AS snapshot_s`);
  return row?.snapshot_s ?? undefined;
}

function answerFinding({ version, is_standby, read_only }: ServerRow): ServerFinding {
  if (read_only === "off") return { level: "ok", message: `PostgreSQL ${version} answers` };
  return {
    level: "problem",
    message: `PostgreSQL ${version} answers, but takes no writes: it is ${is_standby ? "a standby" : "read-only"}`,
    advice: is_standby
      ? "Promote it, or let PLAYHEAD_STORE name the primary"
      : "Set default_transaction_read_only to off for the role and the database",
  };
}

function historyFinding({ lost }: ServerRow): ServerFinding {
  if (Number(lost) === 0) return { level: "ok", message: "It has never lacked what it had acknowledged" };
  return {
    level: "warning",
    message: `It lacked acknowledged events on ${new Date(Number(lost)).toISOString()}: another one took its place`,
    advice: "What is lost can't be brought back; docs/scale.md says how a synchronous standby prevents it",
  };
}

function commitFinding({ synchronous_commit, fsync }: ServerRow): ServerFinding {
  if (fsync === "on" && synchronous_commit !== "off") {
    return { level: "ok", message: `A commit is on the disk before it is acknowledged (${synchronous_commit})` };
  }
  return {
    level: "problem",
    message: `A power cut loses acknowledged events: fsync is ${fsync}, synchronous_commit ${synchronous_commit}`,
    advice: "Set both to on, and reload PostgreSQL",
  };
}

function standbyFinding({ standbys, synchronous_standbys }: ServerRow): ServerFinding {
  if (standbys === 0) return { level: "ok", message: "No standby is attached: one machine has everything" };
  if (synchronous_standbys !== "") return { level: "ok", message: `A commit waits for ${synchronous_standbys}` };
  return {
    level: "warning",
    message: `A failover may lose acknowledged events: none of ${standbys} standbys is synchronous`,
    advice: "Set synchronous_standby_names; docs/scale.md says what an asynchronous one loses",
  };
}

function connectionsFinding({ connections, connections_max, nodes }: ServerRow): ServerFinding {
  const needed = CONNECTIONS_PER_NODE * Math.max(1, nodes);
  const message = `${connections} of ${connections_max} connections are in use; ${nodes} nodes may need ${needed}`;
  if (needed < connections_max) return { level: "ok", message };
  return { level: "warning", message, advice: "Raise max_connections, or put pgbouncer in front" };
}

function clockFinding(offsetMs: number): ServerFinding {
  const seconds = (Math.abs(offsetMs) / SECOND_MS).toFixed(1);
  if (Math.abs(offsetMs) <= CLOCK_MS_MAX) return { level: "ok", message: `Its clock and this machine's agree` };
  return {
    level: "warning",
    message: `Its clock differs from this machine's by ${seconds} s; sessions are dated by the database's`,
    advice: "Let NTP set the clocks of all machines",
  };
}

function snapshotFinding({ snapshot_s }: ServerRow): ServerFinding {
  if (snapshot_s === null) {
    return {
      level: "warning",
      message: "This role may not see whether another one holds a transaction open",
      advice: "GRANT pg_read_all_stats to the role of PLAYHEAD_STORE, as docs/scale.md says",
    };
  }
  if (snapshot_s <= SNAPSHOT_S_MAX) return { level: "ok", message: "No transaction is open for long" };
  return {
    level: "warning",
    message: `A transaction is open for ${snapshot_s.toFixed(0)} s: rows that move all the time pile up behind it`,
    advice: "End it; pg_dump and reports of your own belong on a standby",
  };
}

function headsFinding({ heads, dead_heads }: ServerRow): ServerFinding {
  const dead = Number(dead_heads);
  if (dead < DEAD_MIN || dead < DEAD_PER_HEAD * Number(heads)) {
    return { level: "ok", message: "The table of open sessions is as small as it should be" };
  }
  return {
    level: "warning",
    message: `The table of open sessions has ${dead} dead rows beside ${heads}`,
    advice: "See whether autovacuum runs, and what holds old snapshots; then VACUUM heads",
  };
}

function nodesFinding({ nodes, versions }: ServerRow): ServerFinding {
  if (versions <= 1) return { level: "ok", message: `${nodes} nodes use it` };
  return {
    level: "warning",
    message: `${nodes} nodes of ${versions} versions use it`,
    advice: "Finish the upgrade; playhead recompute brings numbers of older definitions up to date",
  };
}
