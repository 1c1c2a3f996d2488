/**
 * The sessions in this process's memory: every open one, and those that have just closed.
 *
 * Most of the time nothing happens to a session, and its head is a record of bytes. A request wakes it: then it is one
 * object for all requests at once, until {@link Heads.rest}. A closed session stays awake until it is forgotten.
 *
 * Each waits in a bucket for the instant when it may be due. Activity only delays that instant, so an event touches no
 * bucket: when a bucket comes up, heads that are not due yet move to a later one.
 */

import { assert } from "../../base/assert.ts";
import type { LogPosition } from "../../store/journal.ts";
import type { SessionKey } from "../../store/queries.ts";
import { newestFirst } from "../../store/session-key.ts";
import { HeadRecords } from "./head-records.ts";
import type { LiveHead } from "./live-head.ts";
import { RecentStarts } from "./recent-starts.ts";

const BUCKET_MS = 250;

export class Heads {
  readonly #records = new HeadRecords();
  /** Sessions by the keys of their starts. */
  readonly #recent = new RecentStarts(this.#records);
  /** Heads that are objects, by their slot. */
  readonly #awake = new Map<number, LiveHead>();
  /** Slots by bucket; a slot that has lost its session stands there until its bucket comes up. */
  readonly #buckets = new Map<number, number[]>();
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

  /** Finds a head and wakes it; {@link rest} follows. */
  find(sid: string): LiveHead | undefined {
    const slot = this.#records.find(sid);
    return slot === undefined ? undefined : this.#wake(slot, sid);
  }

  /** Whether it is the object of a session here. */
  has(head: LiveHead): head is LiveHead & { slot: number } {
    return head.slot !== undefined && this.#awake.get(head.slot) === head;
  }

  /** Finds the head that was last noted under a start's key, and wakes it; {@link rest} follows. */
  findOpened(key: string): LiveHead | undefined {
    const slot = this.#recent.find(key);
    return slot === undefined ? undefined : this.#wake(slot);
  }

  /** Notes a session under the key of its start. */
  noteOpened(key: string, head: LiveHead): void {
    if (this.has(head)) this.#recent.set(key, head.slot);
  }

  /** Forgets the keys of starts that were noted before the last time. */
  forgetOpened(): void {
    this.#recent.age();
  }

  /** Shows a head to `look`, which keeps nothing of it. */
  look<T>(sid: string, look: (head: LiveHead | undefined) => T): T {
    const head = this.find(sid);
    try {
      return look(head);
    } finally {
      if (head) this.rest(head);
    }
  }

  /** Lets a head rest, unless something is still happening to it. */
  rest(head: LiveHead): void {
    const { close, closing, taken, importing, holders } = head;
    if (close || closing || taken || importing || holders || !this.has(head)) return;
    this.#records.write(head.slot, head);
    this.#awake.delete(head.slot);
  }

  /** Keeps a head awake; {@link release} follows. */
  keep(head: LiveHead): void {
    head.holders = (head.holders ?? 0) + 1;
  }

  release(head: LiveHead): void {
    const { holders = 0 } = head;
    assert(holders > 0, "a head is released once for each time that it was kept");
    head.holders = holders - 1;
    this.rest(head);
  }

  /** Adds a head, awake, that may be due at `dueAtMs`. */
  add(head: LiveHead, dueAtMs: number): void {
    this.hold(head);
    this.schedule(head, dueAtMs);
  }

  /** Adds a head, awake, that can't be due before it is scheduled. */
  hold(head: LiveHead): void {
    head.slot = this.#records.add(head);
    this.#awake.set(head.slot, head);
    if (!head.close) this.#open += 1;
  }

  /** Says that a head's close has been stored. */
  noteClosed(): void {
    this.#open -= 1;
  }

  /** Forgets a closed session; the store still knows it. */
  forget(head: LiveHead): void {
    if (!this.has(head)) return;
    this.#awake.delete(head.slot);
    this.#recent.forget(head.slot);
    this.#records.remove(head.slot);
  }

  /** Forgets a session that has been erased, open or closed. */
  remove(head: LiveHead): void {
    if (!head.close) this.#open -= 1;
    this.forget(head);
  }

  /** Puts a head into the bucket of `dueAtMs`; a past instant comes up at the next sweep. */
  schedule(head: LiveHead, dueAtMs: number): void {
    if (!this.has(head)) return;
    const key = Math.max(bucketOf(dueAtMs), this.#swept + 1);
    const bucket = this.#buckets.get(key);
    this.#records.putInto(key, head.slot);
    if (bucket) bucket.push(head.slot);
    else this.#buckets.set(key, [head.slot]);
  }

  /** Takes out up to `most` heads, awake, whose bucket has come up. Fewer than `most` means that none are left. */
  takeDue(nowMs: number, most: number): LiveHead[] {
    const due: LiveHead[] = [];
    for (const last = bucketOf(nowMs) - 1; this.#swept < last; this.#swept += 1) {
      const key = this.#swept + 1;
      const bucket = this.#buckets.get(key) ?? [];
      while (bucket.length > 0 && due.length < most) {
        for (const slot of bucket.splice(0, most - due.length)) {
          if (this.#records.takeOutOf(key, slot)) due.push(this.#wake(slot));
        }
      }
      if (bucket.length > 0) break;
      this.#buckets.delete(key);
    }
    return due;
  }

  /** Wakes every open head that has changed since a checkpoint, one by one; heads may come and go meanwhile. */
  *changedSince({ seq, session }: LogPosition): Generator<LiveHead> {
    for (let slot = 0; slot < this.#records.end; slot += 1) {
      if (!this.#records.has(slot)) continue;
      const { seq: latest, id, close } = this.#shown(slot);
      if ((latest > seq || id > session) && !close) yield this.#wake(slot);
    }
  }

  /** The newest open sessions of a list, newest first. */
  newestOpen(limit: number, isListed: (head: SessionKey) => boolean): SessionKey[] {
    const found: SessionKey[] = [];
    for (let slot = 0; slot < this.#records.end; slot += 1) {
      if (!this.#records.has(slot)) continue;
      const { id, startedAtMs, close } = this.#shown(slot);
      if (close || !isListed({ id, startedAtMs })) continue;
      found.push({ id, startedAtMs });
      // Keeps the list short without sorting every open session.
      if (found.length >= 2 * limit + 100) found.sort(newestFirst).splice(limit);
    }
    return found.sort(newestFirst).slice(0, limit);
  }

  #wake(slot: number, sid?: string): LiveHead {
    const known = this.#awake.get(slot);
    if (known) return known;
    const head = this.#records.read(slot, sid);
    this.#awake.set(slot, head);
    return head;
  }

  /** What a head says now, awake or not. */
  #shown(slot: number): Pick<LiveHead, "id" | "seq" | "startedAtMs" | "close"> {
    const records = this.#records;
    const number = (name: "id" | "seq" | "startedAtMs") => records.numberOf(slot, name);
    return this.#awake.get(slot) ?? { id: number("id"), seq: number("seq"), startedAtMs: number("startedAtMs") };
  }
}

function bucketOf(atMs: number): number {
  return Math.floor(atMs / BUCKET_MS);
}
