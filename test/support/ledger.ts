/** Holds players' answers against the database: acknowledged events must be there, refused ones must not. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { readForm } from "../../src/store/form.ts";
import { eventAt } from "./requests.ts";

export interface PlayedSession {
  readonly sid: string;
  /** The second of each event that was answered 204; its `ts` tells it apart. */
  readonly acknowledged: number[];
  /** The second of each event that was answered 503. */
  readonly refused: number[];
  /** Whether an end was sent, answered or not. */
  ended: boolean;
}

export interface Lookup {
  /** Starts and events that were answered 2xx. */
  readonly acknowledged: number;
  /** Acknowledged ones that the database lacks. */
  readonly lost: number;
  /** Starts and events that were answered 503. */
  readonly refused: number;
  /** Refused ones that the database has all the same. */
  readonly keptThoughRefused: number;
  /** Events whose previous event is missing. */
  readonly brokenLinks: number;
  /** What SQLite says of the file: `ok`. */
  readonly intact: string;
}

/** A lookup without a fault, whatever the numbers are. */
export const SOUND: Partial<Lookup> = { lost: 0, keptThoughRefused: 0, brokenLinks: 0, intact: "ok" };

const LINKS_BROKEN = `
  SELECT count(*) FROM events AS later LEFT JOIN events AS earlier ON earlier.seq = later.prev_seq
  WHERE later.prev_seq <> 0 AND earlier.session IS NOT later.session`;

/** Serves any number of loads, one after another, on one data directory. */
export class Ledger {
  readonly sessions: PlayedSession[] = [];
  /** The names of sessions whose start was answered 503. */
  readonly refusedStarts: string[] = [];
  #named = 0;

  /** Makes a new session name. */
  nextName(): string {
    this.#named += 1;
    return `Session ${this.#named} of the ledger`;
  }

  /** Requests that were answered 2xx so far. */
  get acknowledged(): number {
    return this.sessions.reduce((sum, { acknowledged }) => sum + 1 + acknowledged.length, 0);
  }

  /** Requests that were answered 503 so far. */
  get refused(): number {
    return this.sessions.reduce((sum, { refused }) => sum + refused.length, this.refusedStarts.length);
  }

  /** Looks everything up; a server may be running on the directory. */
  lookUp(dataDir: string): Lookup {
    using reader = new Database(join(dataDir, "playhead.db"), { readonly: true });
    const read = (sql: string) => reader.query<never, []>(sql).values().flat() as (string | number)[];
    const stored = new Set<unknown>([
      ...read("SELECT sid FROM sessions"),
      ...read("SELECT payload FROM sessions").map((payload) => readForm(String(payload)).params?.["media.name"]),
      ...read("SELECT sid || ' ' || events.ts FROM events JOIN sessions ON sessions.id = events.session"),
    ]);
    const acknowledged = this.sessions.flatMap((each) => [each.sid, ...keysOf(each.sid, each.acknowledged)]);
    const refused = [...this.refusedStarts, ...this.sessions.flatMap((each) => keysOf(each.sid, each.refused))];
    return {
      acknowledged: acknowledged.length,
      lost: acknowledged.filter((key) => !stored.has(key)).length,
      refused: refused.length,
      keptThoughRefused: refused.filter((key) => stored.has(key)).length,
      brokenLinks: Number(read(LINKS_BROKEN)[0]),
      intact: String(read("PRAGMA integrity_check").join("; ")),
    };
  }
}

function keysOf(sid: string, seconds: readonly number[]): string[] {
  return seconds.map((second) => `${sid} ${tsOf(second)}`);
}

function tsOf(second: number): number {
  return (eventAt(second, "ping")["playerTime"] as { ts: number }).ts;
}
