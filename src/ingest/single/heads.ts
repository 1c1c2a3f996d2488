/**
 * The sessions in this process's memory: every open one, and those that have just closed.
 *
 * Each waits in a bucket for the instant when it may be due. Activity only delays that instant, so an event touches no
 * bucket: when a bucket comes up, heads that are not due yet move to a later one.
 */

import { assert } from "../../base/assert.ts";
import type { Viewing } from "../../live/hub.ts";
import { unitInFlags } from "../../protocol/ts-unit.ts";
import { begin, type Close } from "../../sessions/deadline.ts";
import type { Head } from "../../store/journal.ts";
import { newestFirst } from "../../store/session-key.ts";
import type { StoredSession } from "../../store/store.ts";
import type { Taken } from "./room.ts";

/** A head with the close that is on its way to the store, which later events must respect already. */
export interface LiveHead extends Head {
  closing?: Close | undefined;
  /** Present while events are on their way to the store. */
  taken?: Taken | undefined;
  /** Set while an import brings the session's events: its deadline waits. */
  importing?: true | undefined;
  /** What the live hub remembers of it. */
  viewing?: Viewing | undefined;
  /** When its start last came again. */
  askedAtMs?: number | undefined;
}

/** Gives a head room for what it will have: the engine puts a member that comes later into an object of its own. */
export function liveHead(head: Head): LiveHead {
  return {
    sid: head.sid,
    startedAtMs: head.startedAtMs,
    tsUnit: head.tsUnit,
    id: head.id,
    seq: head.seq,
    events: head.events,
    bytes: head.bytes,
    arrivedAtMs: head.arrivedAtMs,
    movedAtMs: head.movedAtMs,
    playheadMs: head.playheadMs,
    tsMaxMs: head.tsMaxMs,
    close: head.close,
    closing: undefined,
    taken: undefined,
    viewing: undefined,
    askedAtMs: undefined,
  };
}

/** The head of a closed session, read back after memory has dropped it. */
export function closedHead(
  { start, close, size, sid, id, seq = 0, startedAtMs }: StoredSession,
  nowMs: number,
): LiveHead {
  assert(size, "the size of a closed session is stored");
  const tsUnit = unitInFlags(start.flags);
  return { ...begin(start, nowMs), ...size, sid, id, seq, startedAtMs, tsUnit, close };
}

const BUCKET_MS = 250;

export class Heads {
  readonly #bySid = new Map<string, LiveHead>();
  readonly #buckets = new Map<number, LiveHead[]>();
  #swept: number;
  #open = 0;

  /** @param nowMs the first instant for {@link takeDue} */
  constructor(nowMs: number) {
    this.#swept = bucketOf(nowMs) - 1;
  }

  /** Open sessions. */
  get open(): number {
    return this.#open;
  }

  find(sid: string): LiveHead | undefined {
    return this.#bySid.get(sid);
  }

  /** Adds a head that may be due at `dueAtMs`. */
  add(head: LiveHead, dueAtMs: number): void {
    this.hold(head);
    this.schedule(head, dueAtMs);
  }

  /** Adds a head that can't be due before it is scheduled. */
  hold(head: LiveHead): void {
    this.#bySid.set(head.sid, head);
    if (!head.close) this.#open += 1;
  }

  /** Says that a head's close has been stored. */
  noteClosed(): void {
    this.#open -= 1;
  }

  /** Forgets a closed session; the store still knows it. */
  forget(head: LiveHead): void {
    if (this.#bySid.get(head.sid) === head) this.#bySid.delete(head.sid);
  }

  /** Forgets a session that has been erased, open or closed. */
  remove(head: LiveHead): void {
    if (!head.close) this.#open -= 1;
    this.forget(head);
  }

  /** Puts a head into the bucket of `dueAtMs`; a past instant comes up at the next sweep. */
  schedule(head: LiveHead, dueAtMs: number): void {
    const key = Math.max(bucketOf(dueAtMs), this.#swept + 1);
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.push(head);
    else this.#buckets.set(key, [head]);
  }

  /** Takes out up to `most` heads whose bucket has come up. Fewer than `most` means that none are left for now. */
  takeDue(nowMs: number, most: number): LiveHead[] {
    const due: LiveHead[] = [];
    for (const last = bucketOf(nowMs) - 1; this.#swept < last; this.#swept += 1) {
      const bucket = this.#buckets.get(this.#swept + 1);
      if (!bucket) continue;
      due.push(...bucket.splice(0, most - due.length));
      if (bucket.length > 0) break;
      this.#buckets.delete(this.#swept + 1);
    }
    return due;
  }

  /** Every head, open or closed; safe to iterate while heads come and go. */
  all(): IterableIterator<LiveHead> {
    return this.#bySid.values();
  }

  /** The newest open sessions of a list, newest first. */
  newestOpen(limit: number, isListed: (head: LiveHead) => boolean): LiveHead[] {
    const found: LiveHead[] = [];
    for (const head of this.#bySid.values()) {
      if (head.close || !isListed(head)) continue;
      found.push(head);
      // Keeps the list short without sorting every open session.
      if (found.length >= 2 * limit + 100) found.sort(newestFirst).splice(limit);
    }
    return found.sort(newestFirst).slice(0, limit);
  }
}

function bucketOf(atMs: number): number {
  return Math.floor(atMs / BUCKET_MS);
}
