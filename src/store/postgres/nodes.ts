/** The processes that use the store, and the leases by which they share work. */

import { HOUR_MS } from "../../base/units.ts";
import type { StoreNode } from "../store.ts";
import type { PostgresClient } from "./client.ts";
import type { Big } from "./rows.ts";

/** A node that has not been seen for this long is forgotten. */
const FORGOTTEN_MS = HOUR_MS;

interface NodeRow {
  readonly id: string;
  readonly host: string;
  readonly version: string;
  readonly started_at: Big;
  readonly seen_at: Big;
}

export async function noteNode(client: PostgresClient, node: StoreNode): Promise<void> {
  const { id, host, version, startedAtMs, seenAtMs } = node;
  await client.run(
    `INSERT INTO nodes (id, host, version, started_at, seen_at) VALUES ($1, $2, $3, $4::bigint, $5::bigint)
     ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
    [id, host, version, startedAtMs, seenAtMs],
  );
  await client.run("DELETE FROM nodes WHERE seen_at < $1::bigint", [seenAtMs - FORGOTTEN_MS]);
}

export async function listNodes(client: PostgresClient): Promise<StoreNode[]> {
  const rows = await client.run<NodeRow>("SELECT * FROM nodes ORDER BY started_at, id");
  return rows.map(({ id, host, version, started_at, seen_at }) => {
    return { id, host, version, startedAtMs: Number(started_at), seenAtMs: Number(seen_at) };
  });
}

interface LeaseOptions {
  readonly name: string;
  readonly holder: string;
  readonly nowMs: number;
  readonly ms: number;
}

/** Takes a lease that is free or the holder's own. @returns whether the holder has it */
export async function takeLease(client: PostgresClient, { name, holder, nowMs, ms }: LeaseOptions): Promise<boolean> {
  const rows = await client.run(
    `INSERT INTO leases AS l (name, holder, until_at) VALUES ($1, $2, $3::bigint + $4::bigint)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
     WHERE l.holder = excluded.holder OR l.until_at < $3::bigint RETURNING name`,
    [name, holder, nowMs, ms],
  );
  return rows.length > 0;
}

export async function dropLease(client: PostgresClient, name: string, holder: string): Promise<void> {
  await client.run("DELETE FROM leases WHERE name = $1 AND holder = $2", [name, holder]);
}
