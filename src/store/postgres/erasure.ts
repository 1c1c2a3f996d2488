/** Removes sessions, or their events, from the tables: their visible rows at once, the others in slices. */

import { keyedHash } from "../../base/keyed-hash.ts";
import { DamageError } from "../damage.ts";
import type { ExpiredQuery } from "../queries.ts";
import type { ErasedReason } from "../store.ts";
import { numbersText, textsText } from "./arrays.ts";
import type { PostgresClient } from "./client.ts";
import type { Big } from "./rows.ts";
import { countOf, findErasable } from "./sessions.ts";

const ERASE = `
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($1::text::bigint[], $2::text::text[]) WITH ORDINALITY AS u(id, hash, ord)),
  found AS MATERIALIZED (SELECT id, sid FROM sessions WHERE id IN (SELECT id FROM asked) ORDER BY id FOR UPDATE),
  open AS MATERIALIZED (SELECT sid FROM heads WHERE sid IN (SELECT sid FROM found) ORDER BY sid FOR UPDATE),
  ended AS MATERIALIZED (
    SELECT session FROM closes WHERE session IN (SELECT id FROM found) ORDER BY session FOR UPDATE),
  s AS (DELETE FROM sessions WHERE id IN (SELECT id FROM found)),
  h AS (DELETE FROM heads WHERE sid IN (SELECT sid FROM open)),
  c AS (DELETE FROM closes WHERE session IN (SELECT session FROM ended)),
  r AS (DELETE FROM results WHERE session IN (SELECT id FROM found)),
  o AS (DELETE FROM openings WHERE session IN (SELECT id FROM found)),
  taken AS (
    UPDATE counters SET value = value + (SELECT count(*) FROM found) WHERE name = 'revision' RETURNING value),
  placed AS MATERIALIZED (
    SELECT asked.id, asked.hash, taken.value + 1 - row_number() OVER (ORDER BY asked.ord DESC) AS revision
    FROM asked JOIN found ON found.id = asked.id, taken),
  kept AS (
    INSERT INTO erased (revision, hash, reason, erased_at)
    SELECT revision, hash, $4, $3::bigint FROM placed WHERE $4::text IS NOT NULL
    ON CONFLICT (hash) DO UPDATE SET revision = excluded.revision, reason = excluded.reason,
      erased_at = excluded.erased_at),
  numbers AS (
    INSERT INTO positions (name, session) SELECT 'numbers', coalesce(max(id), 0) FROM found
    ON CONFLICT (name) DO UPDATE SET session = greatest(positions.session, excluded.session))
  INSERT INTO erasures (revision, session, erased_at, pending) SELECT revision, id, $3::bigint, true FROM placed
  RETURNING session`;
const TRIM = `
  UPDATE closes SET trimmed = true, remains = true WHERE session IN (
    SELECT session FROM closes WHERE NOT trimmed AND closed_at < $1::bigint AND NOT pending AND failure IS NULL
    ORDER BY closed_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED)
  RETURNING session`;
/** Rows that one step removes. */
const STEP_ROWS = 1000;
const REMOVE = `
  DELETE FROM events WHERE session = $1::bigint AND n IN (
    SELECT n FROM events WHERE session = $1::bigint ORDER BY n LIMIT ${STEP_ROWS}) RETURNING n`;

interface Erasing {
  readonly ids: readonly number[];
  readonly atMs: number;
  readonly reason: ErasedReason | undefined;
  readonly key: Uint8Array;
}

/** Makes sessions invisible. @returns how many there were */
export async function eraseSessions(client: PostgresClient, { ids, atMs, reason, key }: Erasing): Promise<number> {
  const found = new Map((await findErasable(client, ids)).map(({ id, sid }) => [id, sid]));
  const left = [...new Set(ids)].filter((id) => found.has(id));
  if (left.length === 0) return 0;
  const hashes = left.map((id) => keyedHash(key, "sid", found.get(id) as string));
  const rows = await client.run(ERASE, [numbersText(left), textsText(hashes), atMs, reason ?? null]);
  return rows.length;
}

/** Marks sessions that closed before an instant as trimmed, if they have numbers. @returns how many */
export async function trimSessions(client: PostgresClient, { beforeMs, limit }: ExpiredQuery): Promise<number> {
  return (await client.run(TRIM, [beforeMs, limit])).length;
}

/**
 * Removes events of erased and trimmed sessions until `enough`.
 *
 * @param without sessions to pass over
 * @returns whether more are left
 * @throws DamageError for a session of which a damaged page has rows
 */
export async function removeRemains(
  client: PostgresClient,
  enough: () => boolean,
  without: ReadonlySet<number>,
): Promise<boolean> {
  const passed = numbersText([...without]);
  while (true) {
    const isLeft = (await removeSome(client, ERASED, passed)) || (await removeSome(client, TRIMMED, passed));
    if (!isLeft) return false;
    if (enough()) return true;
  }
}

interface Remains {
  readonly find: string;
  readonly done: string;
}

const ERASED: Remains = {
  find: "SELECT session FROM erasures WHERE pending AND session <> ALL($1::text::bigint[]) ORDER BY revision LIMIT 1",
  done: "UPDATE erasures SET pending = false WHERE pending AND session = $1::bigint",
};
const TRIMMED: Remains = {
  find: "SELECT session FROM closes WHERE remains AND session <> ALL($1::text::bigint[]) LIMIT 1",
  done: "UPDATE closes SET remains = false WHERE session = $1::bigint",
};

/** @returns whether there was something to remove */
async function removeSome(client: PostgresClient, { find, done }: Remains, passed: string): Promise<boolean> {
  const [row] = await client.run<{ session: Big }>(find, [passed]);
  if (!row) return false;
  const session = Number(row.session);
  const removed = await client.run(REMOVE, [session]).catch((error: unknown) => {
    throw error instanceof DamageError ? unremovable(session, error) : error;
  });
  if (removed.length < STEP_ROWS) await client.run(done, [session]);
  return true;
}

function unremovable(session: number, cause: DamageError): DamageError {
  const state = "a page of the database is damaged; look into the log of PostgreSQL";
  return new DamageError(session, `Cannot remove all of session ${session}: ${state}`, { cause });
}

/** Forgets old erasures, and records how far. @returns how many */
export function pruneErasures(client: PostgresClient, query: ExpiredQuery): Promise<number> {
  return prune(client, { table: "erasures", kept: "erased_at >= $1::bigint OR pending", counter: "pruned" }, query);
}

/** Forgets old erased sids, and records how far. @returns how many */
export function pruneErased(client: PostgresClient, query: ExpiredQuery): Promise<number> {
  return prune(client, { table: "erased", kept: "erased_at >= $1::bigint", counter: "forgotten" }, query);
}

interface Pruned {
  readonly table: "erasures" | "erased";
  /** The condition of a row to keep. */
  readonly kept: string;
  readonly counter: "pruned" | "forgotten";
}

function prune(
  client: PostgresClient,
  { table, kept, counter }: Pruned,
  { beforeMs, limit }: ExpiredQuery,
): Promise<number> {
  const statement = `
    WITH oldest AS MATERIALIZED (SELECT revision, ${kept} AS kept FROM ${table} ORDER BY revision LIMIT $2::bigint),
    last AS MATERIALIZED (
      SELECT max(revision) AS revision FROM oldest
      WHERE revision < coalesce((SELECT min(revision) FROM oldest WHERE kept), ${Number.MAX_SAFE_INTEGER})),
    gone AS (DELETE FROM ${table} WHERE revision <= (SELECT revision FROM last) RETURNING revision),
    noted AS (
      UPDATE counters SET value = (SELECT revision FROM last)
      WHERE name = '${counter}' AND (SELECT revision FROM last) IS NOT NULL)
    SELECT count(*) AS count FROM gone`;
  return countOf(client, statement, [beforeMs, limit]);
}
