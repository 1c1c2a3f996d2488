/**
 * The store of one process that writes alone: an append-only log whose sessions' heads are in that process's memory.
 *
 * Its owner (`ingest/single`) decides what is appended, and hears that it is durable.
 */

import type { PlayerEvent } from "../protocol/event.ts";
import type { TsUnit } from "../protocol/ts-unit.ts";
import type { Close, SignsOfLife } from "../sessions/deadline.ts";
import { type EventText, textOf } from "./event-text.ts";
import type { OpeningKey, RecentOpening, RecentOpeningsQuery } from "./opening.ts";
import type { ArrivedEvent, SessionEnd, SessionSize, Store, Sweepable } from "./store.ts";

/**
 * What the server must know of a session to answer its next event: its place in the log, its size, and its last signs
 * of life.
 *
 * The object is the session's identity in this process: each append for a session passes this very object, and the
 * store updates its numbers, its size and its `close` once what it wrote is durable.
 */
export interface Head extends SessionEnd, SessionSize, SignsOfLife {
  readonly sid: string;
  readonly startedAtMs: number;
  /** The unit of the session's `ts` on the wire, by the flags of its start. */
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
  /** Set once the session has been erased: nothing more is stored of it. */
  erased?: true;
}

type NewHead = Pick<Head, "sid" | "startedAtMs"> & Partial<Pick<Head, "tsUnit">>;

/** The head of a session that is not stored yet. */
export function newHead(activity: SignsOfLife, start: NewHead): Head {
  return { ...activity, tsUnit: "milliseconds", ...start, id: 0, seq: 0, events: 0, bytes: 0 };
}

/** An event as it is handed to the store, with the text that it will store of it. */
export interface WrittenEvent extends ArrivedEvent {
  /** Made before the event is queued: its size decides whether the session takes it. */
  readonly text: EventText;
}

export function written(event: PlayerEvent, receivedAtMs: number): WrittenEvent {
  return { ...event, receivedAtMs, text: textOf(event) };
}

/** One request's worth of state: stored whole or not at all. */
export interface Write {
  readonly head: Head;
  /** The `sessionStart`, when the session is new. */
  readonly start?: WrittenEvent;
  readonly downloaded?: boolean;
  /** By what the start is known when it is asked for again. */
  readonly opening?: OpeningKey;
  readonly events: readonly WrittenEvent[];
  /** Present when this write closes the session, or says otherwise how it closed. */
  readonly close?: Close;
  /** More of a closed session follows: it isn't folded before `Store.settleImported`. */
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
   * @throws AppError `store-full` when there is no room: nothing was stored, later writes may succeed
   */
  append(writes: readonly Write[]): Promise<void>;
  /** Resolves an append that is durable by now: under a crowd the loop may be long in getting to the answer. */
  noticeAppended?(): void;
  /** The head of every open session, from the last checkpoint and what was appended since. */
  restoreHeads(): Promise<RestoredHeads>;
  /** Openings by a rule that are not older than `sinceMs`, the newest first. */
  listOpenings(query: RecentOpeningsQuery): Promise<RecentOpening[]>;
  /** Remembers heads that changed, as a part of a checkpoint. */
  saveHeads(heads: readonly Head[]): Promise<void>;
  /** Declares that all heads that had changed by `position` are saved: a restart reads only the log after it. */
  finishCheckpoint(position: LogPosition): Promise<void>;
  /** How far the log reaches now. */
  position(): LogPosition;
  /** Looks whether the files in use are the ones that are there; writes nothing. @throws AppError `store-failed` */
  checkFiles(): Promise<void>;
}
