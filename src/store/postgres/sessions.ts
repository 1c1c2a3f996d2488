/** Finds sessions: each with its head or its close, and with its numbers if it has some. */

import { instantOf } from "../../base/ids.ts";
import { MIB } from "../../base/units.ts";
import { type Skip, unlessSkipped } from "../damage.ts";
import type { ClosedQuery, Due, DueQuery, SessionQuery } from "../queries.ts";
import type { Erasable, StoredSession } from "../store.ts";
import { numbersText } from "./arrays.ts";
import type { PostgresClient, Value } from "./client.ts";
import {
  type Big,
  numberSql,
  SESSION_COLUMNS,
  SESSION_JOINS,
  SESSION_WEIGHT,
  type SessionRow,
  sessionOf,
} from "./rows.ts";

/** The most text in a page. */
export const PAGE_BYTES_MAX = 4 * MIB;

type StartQuery = Partial<Pick<SessionQuery, "fromMs" | "toMs" | "untilId">>;

/** Ends a page of sessions before the one that makes it too heavy, of which it reads the weight alone. */
function pageOf(weighed: string): string {
  return `SELECT ${SESSION_COLUMNS} FROM (
    SELECT id, place, sum(weight) OVER (ORDER BY place) AS running, row_number() OVER (ORDER BY place) AS nth
    FROM (${weighed}) AS weighed
  ) AS page JOIN sessions s ON s.id = page.id ${SESSION_JOINS}
  WHERE running <= ${PAGE_BYTES_MAX} OR nth = 1 ORDER BY place`;
}

const GET = pageOf(`SELECT s.id, asked.place, ${SESSION_WEIGHT} AS weight
  FROM unnest($1::text::bigint[]) WITH ORDINALITY AS asked(id, place) JOIN sessions s ON s.id = asked.id
  LEFT JOIN results r ON r.session = s.id`);
const FIND = `SELECT ${SESSION_COLUMNS} FROM sessions s ${SESSION_JOINS} WHERE s.id = ${numberSql("$1", "$2")}`;

export async function findSession(client: PostgresClient, sid: string): Promise<StoredSession | undefined> {
  const [row] = await client.run<SessionRow>(FIND, [sid, instantOf(sid)]);
  return row && sessionOf(row);
}

/** Reads sessions by their numbers, in that order. */
export async function getSessions(
  client: PostgresClient,
  ids: readonly number[],
  skip?: Skip,
): Promise<StoredSession[]> {
  return readable(await client.run<SessionRow>(GET, [numbersText(ids)]), skip);
}

export async function listSessions(
  client: PostgresClient,
  { first = "newest", after, closedOnly = false, limit, ...range }: SessionQuery,
  skip?: Skip,
): Promise<StoredSession[]> {
  const isNewest = first === "newest";
  const order = isNewest ? "s.started_at DESC, s.id DESC" : "s.started_at, s.id";
  const values: Value[] = [...startValues(range), limit];
  const where = [STARTED];
  if (closedOnly) where.push("EXISTS (SELECT FROM closes WHERE closes.session = s.id)");
  if (after) {
    where.push(`(s.started_at, s.id) ${isNewest ? "<" : ">"} ($5::bigint, $6::bigint)`);
    values.push(after.startedAtMs, after.id);
  }
  const listed = `SELECT s.id, row_number() OVER (ORDER BY ${order}) AS place, ${SESSION_WEIGHT} AS weight
    FROM sessions s LEFT JOIN results r ON r.session = s.id
    WHERE ${where.join(" AND ")} ORDER BY ${order} LIMIT $4::bigint`;
  return readable(await client.run<SessionRow>(pageOf(listed), values), skip);
}

export async function countSessions(client: PostgresClient, range: StartQuery): Promise<number> {
  return countOf(client, `SELECT count(*) AS count FROM sessions s WHERE ${STARTED}`, startValues(range));
}

export async function listClosed(
  client: PostgresClient,
  { afterId, trimmed, limit, ...range }: ClosedQuery,
  skip?: Skip,
): Promise<StoredSession[]> {
  const listed = `SELECT s.id, row_number() OVER (ORDER BY k.session) AS place, ${SESSION_WEIGHT} AS weight
    FROM closes k JOIN sessions s ON s.id = k.session LEFT JOIN results r ON r.session = s.id
    WHERE ${STARTED} AND k.session > $4::bigint AND ${TRIMMED} ORDER BY k.session LIMIT $6::bigint`;
  const values = [...startValues(range), afterId, trimmed ?? null, limit];
  return readable(await client.run<SessionRow>(pageOf(listed), values), skip);
}

export async function countClosed(
  client: PostgresClient,
  { trimmed, ...range }: Omit<ClosedQuery, "afterId" | "limit">,
): Promise<number> {
  const count = `SELECT count(*) AS count FROM closes k JOIN sessions s ON s.id = k.session
    WHERE ${STARTED} AND $4::bigint = 0 AND ${TRIMMED}`;
  return countOf(client, count, [...startValues(range), 0, trimmed ?? null]);
}

/** The newest open sessions of a list. */
export async function listOpenSessions(
  client: PostgresClient,
  { after, limit, ...range }: Pick<SessionQuery, "fromMs" | "toMs" | "after" | "limit">,
  skip?: Skip,
): Promise<StoredSession[]> {
  const listed = `SELECT s.id, row_number() OVER (ORDER BY s.started_at DESC, s.id DESC) AS place,
    octet_length(s.payload) AS weight FROM heads o JOIN sessions s ON s.id = o.session
    WHERE ${STARTED} AND (s.started_at, s.id) < ($5::bigint, $6::bigint)
    ORDER BY s.started_at DESC, s.id DESC LIMIT $4::bigint`;
  const { startedAtMs = Number.MAX_SAFE_INTEGER, id = Number.MAX_SAFE_INTEGER } = after ?? {};
  return readable(await client.run<SessionRow>(pageOf(listed), [...startValues(range), limit, startedAtMs, id]), skip);
}

/** What an erasure must know of sessions, without their payload. */
export async function findErasable(client: PostgresClient, ids: readonly number[]): Promise<Erasable[]> {
  const rows = await client.run<{ id: Big; sid: string; last_n: number | null }>(
    `SELECT s.id, encode(s.sid, 'hex') AS sid, c.last_n FROM sessions s LEFT JOIN closes c ON c.session = s.id
     WHERE s.id = ANY($1::text::bigint[])`,
    [numbersText(ids)],
  );
  return rows.map(({ id, sid, last_n }) => ({ id: Number(id), sid, ...(last_n !== null && { seq: last_n }) }));
}

/** Counts what retention is about to delete. */
export async function countDue(
  client: PostgresClient,
  { startedBeforeMs, closedBeforeMs, max }: DueQuery,
): Promise<Due> {
  const upTo = (where: string, values: readonly Value[]) =>
    countOf(
      client,
      `SELECT count(*) AS count FROM (SELECT FROM closes k JOIN sessions s ON s.id = k.session WHERE ${where}
       LIMIT $1::bigint) AS found`,
      [max, ...values],
    );
  const sessions = startedBeforeMs === undefined ? 0 : await upTo("s.started_at < $2::bigint", [startedBeforeMs]);
  if (closedBeforeMs === undefined) return { sessions, trimmable: 0 };
  const where = "NOT k.trimmed AND NOT k.pending AND k.closed_at < $2::bigint AND s.started_at >= $3::bigint";
  return { sessions, trimmable: await upTo(where, [closedBeforeMs, startedBeforeMs ?? Number.MIN_SAFE_INTEGER]) };
}

export async function countOf(client: PostgresClient, statement: string, values: readonly Value[]): Promise<number> {
  const [row] = await client.run<{ count: Big }>(statement, values);
  return Number(row?.count ?? 0);
}

const STARTED = "s.started_at >= $1::bigint AND s.started_at < $2::bigint AND s.id <= $3::bigint";
const TRIMMED = "($5::boolean IS NULL OR k.trimmed = $5::boolean)";

function startValues({ fromMs, toMs, untilId }: StartQuery): Value[] {
  const least = Number.MIN_SAFE_INTEGER;
  const most = Number.MAX_SAFE_INTEGER;
  return [fromMs ?? least, toMs ?? most, untilId ?? most];
}

function readable(rows: readonly SessionRow[], skip: Skip | undefined): StoredSession[] {
  return rows.flatMap((row) => unlessSkipped(skip, () => sessionOf(row)));
}
