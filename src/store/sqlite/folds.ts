/** Reading closed sessions' numbers and rows back, as they were folded. */

import type { Database } from "bun:sqlite";
import { type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

import type { AdRow } from "../../sessions/rows.ts";
import type { Playing, Span } from "../../sessions/watched.ts";
import { readBack, type Skip } from "../damage.ts";
import type { StoredFold } from "../store.ts";
import { type NumbersText, numbersOf } from "../stored-words.ts";
import { isDamage, ofSession, unlessDamaged } from "./damage.ts";
import { Allowance, readPage, takePage } from "./page.ts";

type StoredNumbers = Owned & NumbersText & Readonly<Record<"spans" | "playing", string>>;

type StoredPeriod = Owned & {
  readonly startTs: number;
  readonly timeSpent: number;
  readonly completed: number;
  readonly params: string;
  readonly customMetadata: string;
};

interface Owned {
  readonly session: number;
}

type AdColumn = "adBreak" | "skipped" | "errors" | "abandoned";

/** As {@link isAmong}, for a statement of text. */
export const AMONG_ASKED = "IN (SELECT value FROM json_each(?))";
const PERIOD =
  "session, start_ts AS startTs, time_spent AS timeSpent, completed, params, custom_metadata AS customMetadata";
const OF_ASKED = `WHERE session ${AMONG_ASKED} ORDER BY session, ordinal`;
const NUMBERS = `SELECT session, definitions, content_segment AS contentSegment, metrics, spans, playing, ledger,
  unmended, choices FROM results WHERE session ${AMONG_ASKED}`;
const AD_BREAKS = `SELECT ${PERIOD}, ordinal, ad_count AS adCount FROM ad_breaks ${OF_ASKED}`;
const ADS = `SELECT ${PERIOD}, ad_break AS adBreak, skipped, errors, abandoned FROM ads ${OF_ASKED}`;
const CHAPTERS = `SELECT ${PERIOD}, skipped FROM chapters ${OF_ASKED}`;
const STATES = `SELECT session, name, count, duration FROM states WHERE session ${AMONG_ASKED}`;
const ERRORS = `SELECT session, ts, playhead, id, source FROM errors ${OF_ASKED}`;

/** The stored numbers of a page of sessions; those that have none are left out. */
export function readFolds(client: Database, ids: readonly number[], skip?: Skip): Map<number, StoredFold> {
  const read = () => readPage(ids, (some, allowance) => inOrder(some, foldsOf(client, some, allowance)));
  const [only, second] = ids;
  if (only !== undefined && second === undefined && !skip) return new Map(ofSession(only, read));
  try {
    return new Map(read());
  } catch (error) {
    if (!skip || !isDamage(error)) throw error;
    return new Map(takePage(oneByOne(client, ids, skip), ([, fold]) => JSON.stringify(fold).length).page);
  }
}

/** Reads stored numbers session by session, and leaves damaged ones out. */
function* oneByOne(client: Database, ids: readonly number[], skip: Skip): Generator<[number, StoredFold]> {
  for (const id of ids) {
    const fold = unlessDamaged(
      () => foldsOf(client, [id], new Allowance(Number.POSITIVE_INFINITY)).get(id),
      () => skip(id),
    );
    if (fold) yield [id, fold];
  }
}

/** Reads stored numbers by the number of the session, for as long as there is an allowance for them. */
export function foldsOf(client: Database, ids: readonly number[], allowance: Allowance): Map<number, StoredFold> {
  const asked = JSON.stringify(ids);
  const rowsOf = <Row extends Owned, Made>(statement: string, made: (row: Row) => Made) =>
    grouped(allowance.rows(client.query<Row, [string]>(statement).iterate(asked)), made);
  const breaksOf = rowsOf(AD_BREAKS, (row: StoredPeriod & Readonly<Record<"ordinal" | "adCount", number>>) => {
    return { ...periodOf(row), index: row.ordinal, adCount: row.adCount };
  });
  const adsOf = rowsOf(ADS, (row: StoredPeriod & Readonly<Record<AdColumn, number>>) => {
    const { adBreak, skipped, errors, abandoned } = row;
    return { ...periodOf(row), breakIndex: adBreak, skipped: skipped === 1, errors, abandoned: abandoned === 1 };
  });
  const chaptersOf = rowsOf(CHAPTERS, (row: StoredPeriod & { readonly skipped: number }) => {
    return { ...periodOf(row), skipped: row.skipped === 1 };
  });
  const statesOf = rowsOf(
    STATES,
    ({ name, count, duration }: Owned & { name: string; count: number; duration: number }) => {
      return { name, count, durationMs: duration };
    },
  );
  const errorsOf = rowsOf(
    ERRORS,
    ({
      ts,
      playhead,
      id,
      source,
    }: Owned & Record<"ts" | "playhead", number> & Record<"id" | "source", string | null>) => {
      return { tsMs: ts, playheadMs: playhead, id, source };
    },
  );
  const folds = new Map<number, StoredFold>();
  for (const row of allowance.rows(client.query<StoredNumbers, [string]>(NUMBERS).iterate(asked))) {
    const { session } = row;
    const numbers = readBack(session, () => ({
      ...numbersOf(row),
      spans: JSON.parse(row.spans) as Span[],
      playing: JSON.parse(row.playing) as Playing[],
    }));
    folds.set(session, {
      ...numbers,
      adBreaks: breaksOf(session),
      ads: adsOf(session),
      chapters: chaptersOf(session),
      states: statesOf(session),
      errors: errorsOf(session),
    });
  }
  return folds;
}

/** One value however many there are: a thousand placeholders cost more to write than their rows cost to read. */
export function isAmong(column: SQLiteColumn, values: readonly (number | string)[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

function periodOf(row: StoredPeriod) {
  return readBack(row.session, () => ({
    startTsMs: row.startTs,
    timeSpentMs: row.timeSpent,
    completed: row.completed === 1,
    params: JSON.parse(row.params) as AdRow["params"],
    customMetadata: JSON.parse(row.customMetadata) as AdRow["customMetadata"],
  }));
}

/** Groups what is made of rows by session, in the order of the rows. */
function grouped<Row extends Owned, Made>(rows: Iterable<Row>, made: (row: Row) => Made): (session: number) => Made[] {
  const bySession = new Map<number, Made[]>();
  for (const row of rows) {
    const some = bySession.get(row.session);
    if (some) some.push(made(row));
    else bySession.set(row.session, [made(row)]);
  }
  return (session) => bySession.get(session) ?? [];
}

/** The entries of these keys, in their order. */
function inOrder<T>(keys: readonly number[], values: ReadonlyMap<number, T>): [number, T][] {
  return keys.flatMap((key) => {
    const value = values.get(key);
    return value === undefined ? [] : [[key, value] as [number, T]];
  });
}
