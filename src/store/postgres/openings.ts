/** The openings that recognise repeated starts, on whichever node they come. */

import type { KnownOpening, OldOpeningsQuery, OpeningKey } from "../opening.ts";
import type { OpenedByKey } from "../shared.ts";
import type { PostgresClient } from "./client.ts";
import type { Big } from "./rows.ts";

interface OpeningRow {
  readonly session: Big;
  readonly sid: string;
  readonly request: string | null;
  readonly at: Big;
  readonly asked_at: Big;
  readonly n: number | null;
}

const COLUMNS = "o.session, encode(s.sid, 'hex') AS sid, o.request, o.at, o.asked_at, h.n";
const JOINS = "FROM openings o JOIN sessions s ON s.id = o.session LEFT JOIN heads h ON h.sid = s.sid";
const BY_KEY = `SELECT ${COLUMNS} ${JOINS} WHERE o.key = $1 AND o.rule = $2`;
/** A session that has its start alone last heard of its player when it began. */
const BY_BODY = `SELECT h.session, encode(h.sid, 'hex') AS sid, NULL AS request, h.arrived_at AS at,
  coalesce(h.asked_at, h.arrived_at) AS asked_at, h.n FROM heads h WHERE h.opening = $1::bigint`;

/** How long starts stand together, and in how many places before the first is used again. */
const TIME_MS = 16_000;
const TIME_BITS = 6n;
const TIMES_MASK = 63;
const HASH_BITS = 64n - TIME_BITS;

export async function findOpening(client: PostgresClient, key: string): Promise<KnownOpening | undefined> {
  const [row] = await client.run<OpeningRow>(
    `SELECT ${COLUMNS} ${JOINS} WHERE o.key = $1 ORDER BY o.session DESC LIMIT 1`,
    [key],
  );
  if (!row) return undefined;
  return { sid: row.sid, atMs: Number(row.at), ...(row.request !== null && { request: row.request }) };
}

export async function findOpenedBy(
  client: PostgresClient,
  { rule, key }: Pick<OpeningKey, "rule" | "key">,
): Promise<OpenedByKey | undefined> {
  const [row] =
    rule === "body"
      ? await client.run<OpeningRow>(BY_BODY, [hashOfBody(key)])
      : await client.run<OpeningRow>(BY_KEY, [key, rule]);
  return (
    row && {
      session: Number(row.session),
      sid: row.sid,
      request: row.request ?? undefined,
      atMs: Number(row.at),
      askedAtMs: Number(row.asked_at),
      isOpen: row.n !== null,
      isUntouched: row.n === 0,
    }
  );
}

/** Notes that a start known by its body came again. */
export async function noteAsked(client: PostgresClient, key: string, atMs: number): Promise<void> {
  await client.run("UPDATE heads SET asked_at = greatest(asked_at, $2::bigint) WHERE opening = $1::bigint", [
    hashOfBody(key),
    atMs,
  ]);
}

/** Lets a session be opened by a body that has opened another one, which goes on. */
export async function releaseBody(client: PostgresClient, key: string, session: number): Promise<void> {
  await client.run("UPDATE heads SET opening = NULL WHERE opening = $1::bigint AND session = $2::bigint", [
    hashOfBody(key),
    session,
  ]);
}

/**
 * The text of the `bigint` that stands in a head for the key of its body, which `keysOfBodies` makes.
 *
 * It begins with six bits of the player's `ts`: starts that come together thus stand together in the index, which costs
 * less than places all over it. 58 bits of the hash tell those of one time apart.
 */
export function hashOfBody(key: string): string {
  const [, tsMs] = key.split(":");
  const time = BigInt(Math.floor(Number(tsMs) / TIME_MS) & TIMES_MASK);
  return String(BigInt.asIntN(64, (time << HASH_BITS) | (BigInt(Bun.hash(key)) >> TIME_BITS)));
}

/** Forgets some openings from outside a time. @returns how many */
export async function forgetOpenings(
  client: PostgresClient,
  { rule, fromMs, toMs, limit }: OldOpeningsQuery,
): Promise<number> {
  const rows = await client.run(
    `DELETE FROM openings WHERE (key, rule) IN (
       SELECT key, rule FROM openings WHERE rule = $1 AND (at < $2::bigint OR at > $3::bigint)
       ORDER BY at LIMIT $4::bigint FOR UPDATE SKIP LOCKED) RETURNING key`,
    [rule, fromMs, toMs, limit],
  );
  return rows.length;
}
