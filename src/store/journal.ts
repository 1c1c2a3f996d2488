/**
 * The store of a single writing process: an append-only log whose sessions' heads are in that process's memory.
 *
 * Its owner (`ingest/single`) decides what to append, and hears when it is durable.
 */

import type { TsUnit } from "../protocol/ts-unit.ts";
import type { Close, SignsOfLife } from "../sessions/deadline.ts";
import type { OpeningKey, RecentOpening, RecentOpeningsQuery } from "./opening.ts";
import type { SessionEnd, SessionSize, Store, Sweepable } from "./store.ts";
import type { WrittenEvent } from "./written.ts";

/**
 * What the server must know about a session to answer its next event: its place in the log, its size, and its last
 * signs of life.
 *
 * The object is the session's identity in this process: each append for a session passes this very object, and the
 * store updates its numbers, its size and its `close` once the write is durable.
 */
export interface Head extends SessionEnd, SessionSize, SignsOfLife {
  readonly sid: string;
  readonly startedAtMs: number;
  /** The unit of the session's `ts` on the wire, from the flags of its start. */
  readonly tsUnit: TsUnit;
  /** 0 until the session is stored. */
  id: number;
  seq: number;
  events: number;
  bytes: number;
  /** How far its stored arrivals were ahead of the server's clock when that was set back: they run on from there. */
  aheadMs?: number;
  /** Present once the close is stored. */
  close?: Close | undefined;
  /** Set once the session has been erased: no further event of it is stored. */
  erased?: true;
}

type NewHead = Pick<Head, "sid" | "startedAtMs"> & Partial<Pick<Head, "tsUnit">>;

/** The head of a session that is not stored yet. */
export function newHead(activity: SignsOfLife, { sid, startedAtMs, tsUnit = "milliseconds" }: NewHead): Head {
  // Without a spread the engine keeps it in one piece, and there are as many as open sessions.
  return {
    sid,
    startedAtMs,
    tsUnit,
    id: 0,
    seq: 0,
    events: 0,
    bytes: 0,
    arrivedAtMs: activity.arrivedAtMs,
    movedAtMs: activity.movedAtMs,
    playheadMs: activity.playheadMs,
    tsMaxMs: activity.tsMaxMs,
    close: undefined,
  };
}

/** The effects of one request: stored together or not at all. */
export interface Write {
  readonly head: Head;
  /** The `sessionStart`, when the session is new. */
  readonly start?: WrittenEvent;
  readonly downloaded?: boolean;
  /** Recognises a repetition of the start. */
  readonly opening?: OpeningKey;
  readonly events: readonly WrittenEvent[];
  /** Present when this write closes the session, or corrects its close. */
  readonly close?: Close;
  /** Whether more of the closed session follows: it isn't folded before `Store.settleImported`. */
  readonly unfinished?: true;
}

export interface RestoredHeads {
  readonly heads: readonly Head[];
  /** The checkpoint that they were restored from: later changes are in no checkpoint yet. */
  readonly checkpoint: LogPosition;
}

/** The numbers given out last; both only grow. */
export interface LogPosition {
  readonly seq: number;
  readonly session: number;
}

export interface JournalStore extends Store, Sweepable {
  /**
   * Stores all writes or none, and resolves when they survive a power cut.
   * @throws AppError `store-full` without room: none is stored, but later writes may succeed
   */
  append(writes: readonly Write[]): Promise<void>;
  /** Resolves an append that is already durable: in a crowd the event loop may take long to get to its answer. */
  noticeAppended?(): void;
  /** The head of every open session, from the last checkpoint and what was appended since. */
  restoreHeads(): Promise<RestoredHeads>;
  /** Openings by body from `sinceMs` on, the newest first. */
  listOpenings(query: RecentOpeningsQuery): Promise<RecentOpening[]>;
  /** Saves changed heads, as part of a checkpoint. */
  saveHeads(heads: readonly Head[]): Promise<void>;
  /** Declares that all heads changed by `position` are saved: a restart reads only the log after it. */
  finishCheckpoint(position: LogPosition): Promise<void>;
  /** The current end of the log. */
  position(): LogPosition;
  /** How many rows of former versions are left to move, at most; undefined where there are none. */
  countOld?(): Promise<number | undefined>;
  /** Moves some of them into today's form, in one transaction. @param enough as `removeRemains` */
  moveOld?(enough: () => boolean): Promise<void>;
  /** Checks, without a write, that the open files are still the ones on disk. @throws AppError `store-failed` */
  checkFiles(): Promise<void>;
}
