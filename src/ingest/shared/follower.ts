/**
 * Tells the live hub what all nodes store, since no node sees all events of a session.
 *
 * It reads from the store what has come since, each second and only while someone looks at live numbers.
 */

import type { Log } from "../../base/log.ts";
import { MINUTE_MS, SECOND_MS } from "../../base/units.ts";
import type { LiveHub, LiveSession } from "../../live/hub.ts";
import { follow, type Playback } from "../../live/playback.ts";
import { sessionsOf } from "../../store/pages.ts";
import type { SharedStore } from "../../store/shared.ts";
import type { OpenPage, SessionEnd, StoredSession } from "../../store/store.ts";
import type { Intake } from "../intake.ts";

interface FollowerOptions {
  readonly store: Pick<SharedStore, "listOpen" | "getSessions" | "readSince">;
  readonly live: Pick<LiveHub, "opened" | "stored" | "folded" | "closed" | "forgotten" | "lookedAtMs">;
  readonly elapsedMs: () => number;
  readonly log: Log;
}

/** A session that is open, or has just closed. */
interface Followed {
  readonly session: LiveSession & { close?: object | undefined };
  seq: number;
  playheadMs: number;
}

const EVERY_MS = SECOND_MS;
/** How long to go on after a look at live numbers, so that the next one finds its graphs. */
const WATCHED_MS = 10 * MINUTE_MS;
/** A session with more is not read back. */
const TAKEN_UP_EVENTS_MAX = 500;
/** One look in this many finds out which sessions have closed. */
const LOOKS_PER_LIST = 3;

export class LiveFollower {
  readonly #options: FollowerOptions;
  readonly #followed = new Map<number, Followed>();
  #cursor: OpenPage["cursor"] | undefined;
  #looks = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #work: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#options.elapsedMs() - this.#options.live.lookedAtMs > WATCHED_MS) this.#forgetAll();
      else this.#work ??= this.#tryToLook();
    }, EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
  }

  /** Tells the hub what a fold says, unless its session has a later event. */
  readonly noteFold: Intake["noteFold"] = ({ id, start }, seq, last) => {
    const followed = this.#followed.get(id);
    if (followed?.seq !== seq) return;
    this.#options.live.folded(followed.session, start, {
      main: last.stateAfter,
      inBreak: last.breakStateAfter ?? undefined,
    });
  };

  /** Tells the hub of what is new. */
  async look(): Promise<void> {
    const { store } = this.#options;
    const isFirst = this.#cursor === undefined;
    const isList = isFirst || this.#looks % LOOKS_PER_LIST === 0;
    this.#looks += 1;
    const { ends, cursor } = await store.listOpen(isList ? undefined : this.#cursor);
    const isKnown = ({ id }: SessionEnd) => this.#followed.has(id);
    const added = ends.filter((end) => !isKnown(end)).map(({ id }) => id);
    for await (const page of sessionsOf(store, added, () => {})) {
      if (isFirst) await this.#takeUp(page);
      else for (const each of page) this.#open(each);
    }
    await this.#goOn(ends);
    if (isList) await this.#closeOthers(ends);
    this.#cursor = cursor;
  }

  async #tryToLook(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.#options.log.debug("Live numbers could not be brought up to date", { error: String(error) });
    } finally {
      this.#work = undefined;
    }
  }

  #open({ id, sid, start }: StoredSession): void {
    const session: LiveSession = { sid };
    this.#followed.set(id, { session, seq: 0, playheadMs: start.playheadMs });
    this.#options.live.opened(session, start);
  }

  /** Starts to follow sessions that have gone on for a while: tells what they do now, but not what they did. */
  async #takeUp(sessions: readonly StoredSession[]): Promise<void> {
    const { store, live } = this.#options;
    // A very long session shows what it does with its next events.
    const short = sessions.filter(({ seq = 0 }) => seq <= TAKEN_UP_EVENTS_MAX);
    const events = await store.readSince(short.map(({ id, seq = 0 }) => ({ id, after: 0, until: seq })));
    for (const { id, sid, start, seq = 0 } of sessions) {
      const playback: Playback = { main: seq <= TAKEN_UP_EVENTS_MAX ? "starting" : "unknown", inBreak: undefined };
      let { playheadMs } = start;
      for (const event of events.get(id) ?? []) {
        follow(playback, event.type, event.playheadMs !== playheadMs);
        playheadMs = event.playheadMs;
      }
      const session: LiveSession = { sid };
      this.#followed.set(id, { session, seq, playheadMs });
      live.folded(session, start, playback);
    }
  }

  async #goOn(ends: readonly SessionEnd[]): Promise<void> {
    const { store, live } = this.#options;
    const later = ends.flatMap(({ id, seq }) => {
      const followed = this.#followed.get(id);
      return followed && seq > followed.seq ? [{ id, after: followed.seq, until: seq, followed }] : [];
    });
    const events = later.length === 0 ? new Map() : await store.readSince(later);
    for (const { id, until, followed } of later) {
      for (const event of events.get(id) ?? []) {
        live.stored(followed.session, event, event.playheadMs !== followed.playheadMs);
        followed.playheadMs = event.playheadMs;
      }
      followed.seq = until;
    }
  }

  /** Closes the sessions that are not in a list of all open ones. */
  async #closeOthers(ends: readonly SessionEnd[]): Promise<void> {
    const { store, live } = this.#options;
    const open = new Set(ends.map(({ id }) => id));
    const gone = [...this.#followed.keys()].filter((id) => !open.has(id));
    const found = new Map<number, StoredSession>();
    for await (const page of sessionsOf(store, gone, () => {})) for (const each of page) found.set(each.id, each);
    await this.#goOn([...found.values()].map(({ id, seq = 0 }) => ({ id, seq })));
    for (const id of gone) {
      const followed = this.#followed.get(id);
      const close = found.get(id)?.close;
      this.#followed.delete(id);
      if (!followed) continue;
      if (close) live.closed(followed.session, close.reason);
      else live.forgotten(followed.session);
    }
  }

  #forgetAll(): void {
    for (const { session } of this.#followed.values()) this.#options.live.forgotten(session);
    this.#followed.clear();
    this.#cursor = undefined;
  }
}
