/** Heads as bytes: the same as a map of objects would say, whatever comes, goes and takes the place of another. */

import { describe, expect, test } from "bun:test";
import { newSid } from "../../../src/base/ids.ts";
import { MINUTE_MS, SECOND_MS } from "../../../src/base/units.ts";
import { Heads } from "../../../src/ingest/single/heads.ts";
import { type LiveHead, liveHead } from "../../../src/ingest/single/live-head.ts";
import { LIVE_STATES } from "../../../src/live/playback.ts";
import { LivePlaces } from "../../../src/live/tally.ts";
import type { TsUnit } from "../../../src/protocol/ts-unit.ts";
import { NEVER_MOVED_MS } from "../../../src/sessions/deadline.ts";
import { SEED } from "../../support/effort.ts";
import { Random } from "../../support/random.ts";

const STEPS = 30_000;
const NOW_MS = 1_700_000_000_000;
const CLOSE = { reason: "session-end", closedAtMs: NOW_MS, endTsMs: NOW_MS } as const;
const PLACES = [0, 1].map(() => new LivePlaces().elsewhere);
const CONTENTS = ["a", "b"].map((id) => ({ key: id, id, name: id, sessions: 1, playing: 0, counted: 0 }));
const UNITS: readonly TsUnit[] = ["milliseconds", "seconds", "microseconds"];
const SESSIONS = 20_000;
/** As objects they take twice that. */
const BYTES_PER_SESSION_MAX = 450;

let lastId = 0;

/** What the live hub may remember of a session. */
function newViewing(random: Random): LiveHead["viewing"] {
  return random.maybe(0.8, () => ({
    main: random.pick(LIVE_STATES),
    inBreak: random.maybe(0.3, () => random.pick(LIVE_STATES)),
    place: random.pick(PLACES),
    content: random.pick(CONTENTS),
    playerName: random.maybe(0.5, () => "player"),
    ...(random.chance(0.1) && { pace: { tsMs: NOW_MS, playheadMs: 0, steps: 1 } }),
  }));
}

function newLiveHead(random: Random): LiveHead {
  lastId += 1;
  const head = liveHead({
    sid: newSid(
      NOW_MS,
      random.maybe(0.5, () => "0123456789abcdef"),
    ),
    startedAtMs: NOW_MS - random.between(0, 1e9),
    tsUnit: random.pick(UNITS),
    id: lastId,
    seq: random.between(0, 1e12),
    events: random.between(1, 1e6),
    bytes: random.between(0, 1e10),
    arrivedAtMs: NOW_MS + random.between(0, 1e6),
    movedAtMs: random.chance(0.2) ? NEVER_MOVED_MS : NOW_MS,
    playheadMs: random.next() * 1e6 - 10,
    tsMaxMs: random.between(-1e15, 1e15),
    aheadMs: random.between(0, 5),
  });
  head.viewing = newViewing(random);
  return head;
}

type Said = Omit<LiveHead, "slot" | "holders">;

/** What a head says, apart from where it is. */
function said({ slot: _, holders: __, ...head }: LiveHead): Said {
  return head;
}

/** Heads, and beside them what they should say. */
class Trial {
  readonly heads = new Heads(NOW_MS);
  readonly known = new Map<string, Said>();
  readonly keys = new Map<string, string>();
  readonly gone: string[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  add(): void {
    const head = newLiveHead(this.#random);
    this.heads.add(head, NOW_MS + this.#random.between(0, MINUTE_MS));
    const key = this.#random.maybe(0.5, () => `k${this.#random.between(0, 200)}`);
    if (key !== undefined) {
      this.heads.noteOpened(key, head);
      this.keys.set(key, head.sid);
    }
    this.heads.rest(head);
    this.known.set(head.sid, said(head));
  }

  change(head: LiveHead): void {
    Object.assign(head, { seq: head.seq + 1, viewing: newViewing(this.#random) });
    Object.assign(head, { askedAtMs: this.#random.maybe(0.5, () => NOW_MS + head.id) });
    this.known.set(head.sid, said(head));
    this.heads.rest(head);
  }

  end(head: LiveHead): void {
    this.known.delete(head.sid);
    this.gone.push(head.sid);
    if (this.#random.chance(0.5)) {
      this.heads.remove(head);
      return;
    }
    head.close = CLOSE;
    this.heads.noteClosed();
    this.heads.rest(head);
    this.heads.forget(head);
  }

  expectAll(): void {
    const { heads, known, keys, gone } = this;
    expect(heads.open).toBe(known.size);
    for (const sid of gone) expect(heads.find(sid)).toBeUndefined();
    for (const [sid, head] of known) expect(heads.look(sid, (each) => each && said(each))).toEqual(head);
    for (const [key, sid] of keys) {
      const found = heads.findOpened(key)?.sid;
      expect(found, `seed ${SEED}, ${key}`).toBe(known.has(sid) ? sid : undefined);
    }
  }
}

/** Takes out what is due, as the closer does. */
function takeAll(heads: Heads, nowMs: number): LiveHead[] {
  const due = heads.takeDue(nowMs, 100);
  return due.length < 100 ? due : [...due, ...takeAll(heads, nowMs)];
}

describe("heads", () => {
  test("say what they said when they went to rest, and are found no longer once they have gone", () => {
    const random = new Random(SEED);
    const trial = new Trial(random);
    const { heads, known } = trial;
    for (let step = 0; step < STEPS; step += 1) {
      // First they become more, then fewer.
      if (known.size === 0 || random.chance(step < STEPS / 2 ? 0.5 : 0.2)) {
        trial.add();
        continue;
      }
      const [sid, before] = random.pick([...known].slice(-50));
      const head = heads.find(sid) as LiveHead;
      expect(said(head), `seed ${SEED}, step ${step}`).toEqual(before);
      if (random.chance(0.5)) trial.end(head);
      else trial.change(head);
    }
    trial.expectAll();
  });

  test("come up when they are due, each once, and not for a session whose place they have taken", () => {
    const random = new Random(SEED);
    const heads = new Heads(NOW_MS);
    const first = Array.from({ length: 1000 }, () => newLiveHead(random));
    for (const head of first) heads.add(head, NOW_MS + SECOND_MS);
    for (const head of first.slice(0, 500)) heads.remove(head);
    const second = Array.from({ length: 500 }, () => newLiveHead(random));
    for (const [at, head] of second.entries()) heads.add(head, NOW_MS + (at % 2 === 0 ? 1 : 2) * SECOND_MS);
    const sidsAt = (atMs: number) => takeAll(heads, NOW_MS + atMs).map(({ sid }) => sid);
    const even = second.filter((_, at) => at % 2 === 0);
    expect(sidsAt(0.9 * SECOND_MS)).toEqual([]);
    expect(sidsAt(1.5 * SECOND_MS).sort()).toEqual([...first.slice(500), ...even].map(({ sid }) => sid).sort());
    expect(sidsAt(3 * SECOND_MS).length).toBe(250);
    expect(sidsAt(MINUTE_MS)).toEqual([]);
  });

  test("stay the same object for as long as one keeps it", () => {
    const heads = new Heads(NOW_MS);
    const head = newLiveHead(new Random(SEED));
    heads.add(head, NOW_MS);
    heads.keep(head);
    heads.rest(head);
    expect(heads.find(head.sid)).toBe(head);
    heads.release(head);
    const woken = heads.find(head.sid);
    expect(woken).not.toBe(head);
    expect(heads.find(head.sid)).toBe(woken as LiveHead);
  });

  test("take little memory while they rest", () => {
    const random = new Random(SEED);
    Bun.gc(true);
    const before = process.memoryUsage();
    const heads = new Heads(NOW_MS);
    for (let each = 0; each < SESSIONS; each += 1) {
      const head = newLiveHead(random);
      heads.add(head, NOW_MS);
      heads.noteOpened(head.sid, head);
      heads.rest(head);
    }
    Bun.gc(true);
    const after = process.memoryUsage();
    const taken = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
    expect(taken / SESSIONS).toBeLessThan(BYTES_PER_SESSION_MAX);
    expect(heads.open).toBe(SESSIONS);
  });
});
