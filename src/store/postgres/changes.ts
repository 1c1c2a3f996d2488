/** The feed of changes: which sessions have new numbers, and which are gone, in the order of the commits. */

import { MIB } from "../../base/units.ts";
import { type Skip, unlessSkipped } from "../damage.ts";
import type { ChangesQuery } from "../queries.ts";
import type { Change, ErasedReason, ErasedSid, Settled, StoredFold, Watermark } from "../store.ts";
import { numbersText } from "./arrays.ts";
import type { PostgresClient } from "./client.ts";
import {
  type Big,
  type FoldRow,
  foldOf,
  SESSION_COLUMNS,
  SESSION_JOINS,
  SESSION_WEIGHT,
  type SessionRow,
  sessionOf,
} from "./rows.ts";

const CHANGES_BYTES_MAX = 16 * MIB;
const FOLDS_BYTES_MAX = 4 * MIB;

/** One statement, so that it reads all as of one moment: no change can fall between two readings. */
const CHANGES = `
  SELECT page.revision, page.session AS changed, page.stored, ${SESSION_COLUMNS}, r.session, r.lists FROM (
    SELECT revision, session, stored, row_number() OVER (ORDER BY revision) AS place,
      sum(weight) OVER (ORDER BY revision) AS running
    FROM (
      (SELECT r.revision, r.session, true AS stored, octet_length(r.lists) + ${SESSION_WEIGHT} AS weight
       FROM results r JOIN sessions s ON s.id = r.session
       WHERE r.revision > $1::bigint ORDER BY r.revision LIMIT $2::bigint)
      UNION ALL
      (SELECT revision, session, false, 0 FROM erasures WHERE revision > $1::bigint ORDER BY revision LIMIT $2::bigint)
    ) AS marked ORDER BY revision LIMIT $2::bigint
  ) AS page LEFT JOIN sessions s ON s.id = page.session AND page.stored ${SESSION_JOINS}
  WHERE running <= ${CHANGES_BYTES_MAX} OR place = 1 ORDER BY page.revision`;
const FOLDS = `
  SELECT r.session, r.definitions, r.edition, r.changed_at, r.content_segment, r.metrics, r.ledger, r.unmended,
    r.choices, r.lists
  FROM (
    SELECT asked.id, asked.place, row_number() OVER (ORDER BY asked.place) AS nth,
      sum(octet_length(r.lists) + octet_length(r.metrics)) OVER (ORDER BY asked.place) AS running
    FROM unnest($1::text::bigint[]) WITH ORDINALITY AS asked(id, place) JOIN results r ON r.session = asked.id
  ) AS page JOIN results r ON r.session = page.id
  WHERE running <= ${FOLDS_BYTES_MAX} OR nth = 1 ORDER BY place`;

type ChangeRow = SessionRow & FoldRow & { readonly revision: Big; readonly changed: Big; readonly stored: boolean };

export async function listChanges(
  client: PostgresClient,
  { afterRevision, limit }: ChangesQuery,
  skip: Skip,
): Promise<Change[]> {
  const rows = await client.run<ChangeRow>(CHANGES, [afterRevision, limit]);
  return rows.map((row): Change => {
    const place = { revision: Number(row.revision), id: Number(row.changed) };
    if (!row.stored) return place;
    const [result] = unlessSkipped(skip, () => ({ session: withoutResult(row), fold: foldOf(row) }));
    return { ...place, ...(result ? { result } : { damaged: true }) };
  });
}

function withoutResult(row: SessionRow) {
  const { result: _, ...session } = sessionOf(row);
  return session;
}

/** The stored numbers of a page of sessions; those that have none are left out. */
export async function readFolds(
  client: PostgresClient,
  ids: readonly number[],
  skip?: Skip,
): Promise<Map<number, StoredFold>> {
  const rows = await client.run<FoldRow>(FOLDS, [numbersText(ids)]);
  return new Map(
    rows.flatMap((row) => unlessSkipped(skip, (): [number, StoredFold] => [Number(row.session), foldOf(row)])),
  );
}

export async function listSettled(client: PostgresClient, { afterRevision, limit }: ChangesQuery): Promise<Settled[]> {
  const rows = await client.run<{ revision: Big; session: Big; events_revision: Big | null }>(
    `SELECT revision, session, events_revision FROM results WHERE revision > $1::bigint
     ORDER BY revision LIMIT $2::bigint`,
    [afterRevision, limit],
  );
  return rows.map(({ revision, session, events_revision }) => {
    return { revision: Number(revision), id: Number(session), eventsRevision: Number(events_revision ?? revision) };
  });
}

export async function readWatermark(client: PostgresClient): Promise<Watermark> {
  const rows = await client.run<{ name: string; value: Big }>("SELECT name, value FROM counters");
  const values = Object.fromEntries(rows.map(({ name, value }) => [name, Number(value)]));
  const {
    revision = 0,
    lineage = 0,
    lost = 0,
    pruned: prunedRevision = 0,
    forgotten: prunedErasedRevision = 0,
  } = values;
  // Two nodes that find the same loss at once move this one row, and so make one new lineage.
  const lineageSince = Number((BigInt(lineage) + BigInt(lost)) % BigInt(Number.MAX_SAFE_INTEGER));
  return { revision, lineage: lineageSince, prunedRevision, prunedErasedRevision };
}

export async function listErased(client: PostgresClient, { afterRevision, limit }: ChangesQuery): Promise<ErasedSid[]> {
  const rows = await client.run<{ revision: Big; hash: string; reason: string; erased_at: Big }>(
    `SELECT revision, hash, reason, erased_at FROM erased WHERE revision > $1::bigint
     ORDER BY revision LIMIT $2::bigint`,
    [afterRevision, limit],
  );
  return rows.map(({ revision, hash, reason, erased_at }) => {
    return { revision: Number(revision), hash, reason: reason as ErasedReason, erasedAtMs: Number(erased_at) };
  });
}
