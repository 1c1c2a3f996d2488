/** From closed sessions to their stored numbers: which node folds which, and what it stores. */

import { SECOND_MS } from "../../base/units.ts";
import type { FoldFailure } from "../../sessions/fold-failures.ts";
import type { Bookmark, VisitorQuery } from "../queries.ts";
import type { SessionEnd, SessionResult } from "../store.ts";
import { arraysFrom, arraysOf, behind, type Columns, namesOf } from "./arrays.ts";
import type { PostgresClient } from "./client.ts";
import { type Big, listsText } from "./rows.ts";

/** How long a node may take to settle the sessions that it has claimed. */
const CLAIMED_MS = 10 * SECOND_MS;
/** A node may renew its own claims, so that it gets a session again that it could not settle. */
const CLAIM = `
  WITH next AS (
    SELECT session FROM closes WHERE pending AND session > $1::bigint
      AND (claimed_until < $3::bigint OR claimed_by = $4)
    ORDER BY session LIMIT $2::bigint FOR UPDATE SKIP LOCKED)
  UPDATE closes SET claimed_until = $3::bigint + ${CLAIMED_MS}, claimed_by = $4
  WHERE session IN (SELECT session FROM next) RETURNING session`;

/** What a batch says of each result. */
const RESULT: Columns<SessionResult> = {
  session: { type: "bigint", of: ({ session }) => session },
  n: { type: "int", of: ({ seq }) => seq },
  definitions: { type: "int", of: ({ definitions }) => definitions },
  content_segment: { type: "text", of: ({ folded }) => folded.contentSegment },
  metrics: { type: "text", of: ({ folded }) => JSON.stringify(folded.metrics) },
  ledger: { type: "text", of: ({ folded }) => jsonOf(folded.ledger) },
  unmended: { type: "text", of: ({ folded }) => jsonOf(folded.unmended) },
  choices: { type: "text", of: ({ folded }) => jsonOf(folded.choices) },
  lists: { type: "text", of: ({ folded }) => listsText(folded) },
};
const RESULTS_FROM = 3;
const BOOKMARK = behind(RESULTS_FROM, RESULT);

/**
 * Stores results with their revisions, which are taken last: the order of revisions is that of the commits. A fold that
 * a later one has overtaken, on another node, is left out; an event that came since keeps its session pending.
 */
const SETTLE = `
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(${arraysFrom(RESULTS_FROM, RESULT)}) WITH ORDINALITY AS u(${namesOf(RESULT)}, ord)),
  locked AS MATERIALIZED (
    SELECT c.session, c.pending FROM closes c
    WHERE c.session = ANY($${RESULTS_FROM}::text::bigint[]) AND NOT c.trimmed
      AND c.folded_n <= (SELECT n FROM asked WHERE asked.session = c.session)
    ORDER BY c.session FOR UPDATE),
  settled AS (
    UPDATE closes c SET pending = (c.last_n <> u.n), folded_n = u.n, attempts = 0, failure = NULL, claimed_until = 0
    FROM asked u, locked WHERE c.session = u.session AND locked.session = u.session),
  taken AS (
    UPDATE counters SET value = value + (SELECT count(*) FROM locked) WHERE name = 'revision' RETURNING value),
  placed AS (
    SELECT u.*, locked.pending, taken.value + 1 - row_number() OVER (ORDER BY u.ord DESC) AS revision
    FROM asked u JOIN locked ON locked.session = u.session, taken),
  marked AS (
    INSERT INTO positions (name, session)
    SELECT $${BOOKMARK}, $${BOOKMARK + 1}::bigint WHERE $${BOOKMARK}::text IS NOT NULL
    ON CONFLICT (name) DO UPDATE SET session = excluded.session)
  INSERT INTO results AS r (session, revision, events_revision, changed_at, edition, definitions, content_segment,
    metrics, ledger, unmended, choices, lists)
  SELECT session, revision, CASE WHEN pending THEN revision END, $1::bigint, 1, definitions, content_segment, metrics,
    ledger, unmended, choices, lists FROM placed WHERE $2::int > 0
  ON CONFLICT (session) DO UPDATE SET revision = excluded.revision,
    events_revision = coalesce(excluded.events_revision, r.events_revision, r.revision),
    changed_at = excluded.changed_at, edition = r.edition + 1, definitions = excluded.definitions,
    content_segment = excluded.content_segment, metrics = excluded.metrics, ledger = excluded.ledger,
    unmended = excluded.unmended, choices = excluded.choices, lists = excluded.lists`;

interface Claim {
  readonly afterId: number;
  readonly limit: number;
  readonly nowMs: number;
  readonly node: string;
}

/** Claims pending sessions for a while. @returns their numbers, in order */
export async function claimPending(client: PostgresClient, { afterId, limit, nowMs, node }: Claim): Promise<number[]> {
  const rows = await client.run<{ session: Big }>(CLAIM, [afterId, limit, nowMs, node]);
  return rows.map(({ session }) => Number(session)).sort((a, b) => a - b);
}

export async function saveResults(
  client: PostgresClient,
  saved: readonly SessionResult[],
  atMs: number,
  bookmark?: Bookmark,
): Promise<void> {
  const marked = [bookmark?.name ?? null, bookmark?.session ?? null];
  await client.run(SETTLE, [atMs, saved.length, ...arraysOf(RESULT, saved), ...marked]);
}

function jsonOf(value: object | undefined): string | null {
  return value ? JSON.stringify(value) : null;
}

export async function settleImported(
  client: PostgresClient,
  { afterId, limit }: { readonly afterId: number; readonly limit: number },
): Promise<void> {
  await client.run(
    `UPDATE closes SET pending = true
     WHERE session > $1::bigint AND session <= $2::bigint AND NOT pending AND NOT trimmed AND failure IS NULL
       AND NOT EXISTS (SELECT FROM results WHERE results.session = closes.session)`,
    [afterId, afterId + limit],
  );
}

export async function saveFailure(
  client: PostgresClient,
  { id, seq }: Pick<SessionEnd, "id"> & Partial<SessionEnd>,
  failure: FoldFailure,
): Promise<void> {
  await client.run(
    `UPDATE closes SET pending = (last_n <> coalesce($2::int, last_n)), failure = $3
     WHERE session = $1::bigint AND NOT trimmed`,
    [id, seq ?? null, failure],
  );
}

export async function countAttempt(client: PostgresClient, session: number): Promise<number> {
  const [row] = await client.run<{ attempts: number }>(
    "UPDATE closes SET attempts = attempts + 1 WHERE session = $1::bigint RETURNING attempts",
    [session],
  );
  return row?.attempts ?? 0;
}

/** Counts the failed folds of a range of numbers. */
export async function countFailed(
  client: PostgresClient,
  { afterId, limit }: Pick<VisitorQuery, "afterId" | "limit">,
): Promise<{ failed: number; lastId?: number }> {
  const [row] = await client.run<{ failed: Big; last: Big | null }>(
    `SELECT count(*) FILTER (WHERE failure IS NOT NULL) AS failed, max(session) AS last FROM (
       SELECT session, failure FROM closes WHERE session > $1::bigint ORDER BY session LIMIT $2::bigint) AS range`,
    [afterId, limit],
  );
  if (!row || row.last === null) return { failed: 0 };
  return { failed: Number(row.failed), lastId: Number(row.last) };
}
