/**
 * The intake of one of several nodes: the store decides under its locks, and a node keeps nothing of a session but what
 * never changes.
 *
 * An event is sent to the store at once, which takes it if its session is open. Only what is not taken is looked up.
 */

import { assert } from "../../base/assert.ts";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { newSid } from "../../base/ids.ts";
import type { Log } from "../../base/log.ts";
import { RecentMap } from "../../base/recent-map.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { type TsUnit, unitInFlags } from "../../protocol/ts-unit.ts";
import { begin, CLOSE_REASONS, type Close, type CloseReason, deadlineOf } from "../../sessions/deadline.ts";
import type { Skip } from "../../store/damage.ts";
import type { KeyOfBody, OpeningKey } from "../../store/opening.ts";
import type {
  ClosedSession,
  LateEvent,
  SessionState,
  SharedEvent,
  SharedOpening,
  SharedRules,
  SharedStore,
} from "../../store/shared.ts";
import type { Erasable, ErasedReason, StoredSession } from "../../store/store.ts";
import type { WrittenEvent } from "../../store/written.ts";
import { arrivedOf } from "../arrived.ts";
import { downloadedOf } from "../downloaded.ts";
import type { Import, Intake, IntakeStats, OpenImportOptions, OpenOptions, OpenQuery } from "../intake.ts";
import { afterEnd, afterGrace, noRoom, unknownSession, withoutEvents } from "../refusals.ts";
import { hasRoom, refuseTooLarge } from "../room.ts";
import { CommitLane, type Load } from "./lane.ts";
import { Lookups } from "./lookups.ts";
import { SharedOpenings } from "./openings.ts";

interface SharedIntakeOptions {
  readonly store: SharedStore;
  readonly clock: Clock;
  /** The clock that all nodes share. */
  readonly steadyMs: () => number;
  readonly keyOfBody: KeyOfBody;
  readonly rules: SharedRules;
  readonly load: Load;
  readonly log: Log;
  readonly openImport: (options: OpenImportOptions) => Import;
  /** Hears of folds of open sessions. */
  readonly noteFold?: Intake["noteFold"];
}

/** Sessions whose unit of `ts` is known here: some 100 bytes each. */
const UNITS_MAX = 200_000;
/** How often a session may change while an event looks for its place in it. */
const TRIES_MAX = 50;
const CLOSED_PER_STEP = 200;
const COUNT_EVERY_MS = 5 * SECOND_MS;

export class SharedIntake implements Intake {
  readonly #options: SharedIntakeOptions;
  readonly #starts: CommitLane<SharedOpening>;
  readonly #adds: CommitLane<SharedEvent>;
  readonly #ends: CommitLane<SharedEvent>;
  readonly #lates: CommitLane<LateEvent>;
  readonly #lookups: Lookups;
  readonly #openings: SharedOpenings;
  readonly #units = new RecentMap<string, TsUnit>(UNITS_MAX);
  readonly steadyMs: () => number;
  #open = 0;
  #countedAtMs = Number.NEGATIVE_INFINITY;
  readonly #closes = new Map(Object.keys(CLOSE_REASONS).map((reason) => [reason as CloseReason, 0]));

  constructor(options: SharedIntakeOptions) {
    this.#options = options;
    const { store, rules, load, steadyMs } = options;
    this.steadyMs = steadyMs;
    const one = () => 1;
    const keyOf = ({ sid }: SharedEvent) => sid;
    this.#starts = new CommitLane({
      load,
      store: (batch) => store.openSessions(batch),
      keyOf: ({ opening }) => opening && `${opening.key} ${opening.rule}`,
      eventsIn: ({ events }) => 1 + events.length,
    });
    this.#adds = new CommitLane({ load, store: (batch) => store.addEvents(batch, rules), keyOf, eventsIn: one });
    this.#ends = new CommitLane({ load, store: (batch) => store.endSessions(batch, rules), keyOf, eventsIn: one });
    this.#lates = new CommitLane({
      load,
      store: (batch) => store.addLate(batch, rules),
      // In the order of the numbers, as their rows are locked.
      keyOf: ({ session }) => String(session).padStart(16, "0"),
      eventsIn: one,
    });
    this.#lookups = new Lookups(store);
    this.#openings = new SharedOpenings({ store, steadyMs });
  }

  open(start: PlayerEvent, { known, ...options }: OpenOptions<OpeningKey | "body"> = {}): Promise<string> {
    const arrived = arrivedOf(start, {}, this.steadyMs());
    const key = known === "body" ? this.#options.keyOfBody(arrived, arrived.text) : known;
    return this.#openOnce({ ...options, known: key }, arrived.receivedAtMs, (sid) => {
      refuseTooLarge([arrived], this.#options.rules.sizeLimits);
      const signs = begin(start, arrived.receivedAtMs);
      const lookAtMs = deadlineOf(signs, this.#options.rules.timeouts).atMs;
      this.#units.set(sid, unitInFlags(start.flags));
      const startedAtMs = arrived.receivedAtMs;
      return { sid, startedAtMs, start: arrived, downloaded: false, signs, lookAtMs, events: [] };
    });
  }

  openDownloaded(events: readonly PlayerEvent[], options: OpenOptions = {}): Promise<string> {
    const nowMs = this.steadyMs();
    return this.#openOnce(options, nowMs, (sid) => {
      const { sizeLimits } = this.#options.rules;
      const whole = downloadedOf(events, { nowMs, arrivedAtMs: nowMs, sizeLimits });
      return { sid, ...whole, downloaded: true, lookAtMs: nowMs };
    });
  }

  findOpened(key: string): Promise<string | undefined> {
    return this.#openings.find(key);
  }

  #openOnce(
    { known, mark, admit }: OpenOptions,
    arrivedAtMs: number,
    openingOf: (sid: string) => SharedOpening,
  ): Promise<string> {
    const open = async (replaces?: number) => {
      admit?.();
      const opening = { ...openingOf(newSid(arrivedAtMs, mark)), opening: known, replaces };
      if (!(await this.#starts.add(opening))) return undefined;
      if (opening.close) this.#countClose(opening.close);
      else this.#open += 1;
      return opening.sid;
    };
    return known ? this.#openings.open(known, open) : this.#openUnknown(open);
  }

  async #openUnknown(open: () => Promise<string | undefined>): Promise<string> {
    const sid = await open();
    assert(sid !== undefined, "a start without a key is always taken");
    return sid;
  }

  async add(sid: string, parse: (unit: TsUnit) => PlayerEvent): Promise<void> {
    const known = this.#units.get(sid);
    const unit = known ?? (await this.#unitOf(sid));
    const event = await this.#parsed(sid, known !== undefined, () => parse(unit));
    const arrived = arrivedOf(event, {}, this.steadyMs());
    if (!(await this.#addToOpen(sid, arrived))) await this.#findPlace(sid, arrived);
  }

  /** Parses an event; its faults are reported only for a session that takes events. */
  async #parsed(sid: string, isUnchecked: boolean, parse: () => PlayerEvent): Promise<PlayerEvent> {
    try {
      return parse();
    } catch (error) {
      if (isUnchecked) await this.#unitOf(sid);
      throw error;
    }
  }

  /** The unit of a session's `ts`. @throws AppError as {@link add} if the session takes no events */
  async #unitOf(sid: string): Promise<TsUnit> {
    const state = await this.#lookups.find(sid);
    if (!state) throw unknownSession();
    if (state.close) this.#refuseAfterGrace(state, state.close, this.steadyMs());
    const unit = unitInFlags(state.flags);
    this.#units.set(sid, unit);
    return unit;
  }

  /** @returns whether the session was open and took the event */
  async #addToOpen(sid: string, event: WrittenEvent): Promise<boolean> {
    if (event.type !== "sessionEnd") return this.#adds.add({ sid, event });
    if (!(await this.#ends.add({ sid, event }))) return false;
    this.#noteClosed([{ reason: "session-end" }]);
    return true;
  }

  /** Finds out why no open session has taken an event, closes what is due or full, and adds the event if it can. */
  async #findPlace(sid: string, event: WrittenEvent): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const state = await this.#lookups.find(sid);
      if (!state) throw unknownSession();
      const isTaken = state.close
        ? await this.#addLate({ sid, session: state.id, event }, state, state.close)
        : await this.#addOrClose(sid, event, state);
      if (isTaken) return;
    }
    throw new AppError("overloaded", "Cannot store the event: its session changes all the time; repeat it later");
  }

  async #addOrClose(sid: string, event: WrittenEvent, state: SessionState): Promise<boolean> {
    const { store, rules } = this.#options;
    if (state.signs && deadlineOf(state.signs, rules.timeouts).atMs <= event.receivedAtMs) {
      this.#noteClosed(await store.closeIfDue(sid, event.receivedAtMs, rules.timeouts));
      return false;
    }
    if (!hasRoom(state, event, rules.sizeLimits)) {
      const closed = await store.closeIfFull(sid, event.text.bytes, rules);
      this.#noteClosed(closed);
      for (const { session } of closed) {
        this.#options.log.warn("Closed a session that has reached its limit", { session, sid, events: state.events });
      }
      throw noRoom();
    }
    return this.#addToOpen(sid, event);
  }

  #addLate(late: LateEvent, state: SessionState, close: Close): Promise<boolean> {
    this.#refuseAfterGrace(state, close, late.event.receivedAtMs);
    if (late.event.tsMs > close.endTsMs) throw afterEnd();
    if (!hasRoom(state, late.event, this.#options.rules.sizeLimits)) throw noRoom();
    return this.#lates.add(late);
  }

  #refuseAfterGrace({ trimmed }: SessionState, close: Close, atMs: number): void {
    if (trimmed) throw withoutEvents();
    if (close.reason === "limit") throw noRoom();
    if (atMs > close.closedAtMs + this.#options.rules.lateGraceMs) throw afterGrace();
  }

  openImport(options: OpenImportOptions): Import {
    return this.#options.openImport(options);
  }

  /** Closes what has been due for as long as an event may wait, since an event that came in time still goes in. */
  async closeDue(): Promise<void> {
    const { store, rules, load } = this.#options;
    const atMs = this.steadyMs() - load.options.queueWaitMsMax;
    for (let closed = CLOSED_PER_STEP; closed === CLOSED_PER_STEP; ) {
      const some = await store.closeDue(atMs, rules.timeouts, CLOSED_PER_STEP);
      this.#noteClosed(some);
      closed = some.length;
    }
    await this.#openings.forgetOld();
    if (this.steadyMs() - this.#countedAtMs < COUNT_EVERY_MS) return;
    this.#countedAtMs = this.steadyMs();
    this.#open = await store.countOpen();
  }

  eraseNow(ids: readonly number[], reason?: ErasedReason): Promise<number> {
    const ends = ids.map((id) => ({ id, seq: 0 }));
    return this.#options.store.erase(ends, this.steadyMs(), reason);
  }

  /** As of some seconds ago, and what this node has opened and closed since. */
  countOpen(): number {
    return this.#open;
  }

  listOpen(query: OpenQuery, skip?: Skip): Promise<StoredSession[]> {
    return this.#options.store.listNewestOpen(query, skip);
  }

  seqOf({ seq }: Erasable): number {
    return seq ?? 0;
  }

  noteFold(...folded: Parameters<Intake["noteFold"]>): void {
    this.#options.noteFold?.(...folded);
  }

  stats(): IntakeStats {
    const { queuedEvents, committedBatches, committedEvents } = this.#options.load;
    const { repeats: repeatedStarts } = this.#openings;
    return { queuedEvents, committedBatches, committedEvents, closes: this.#closes, repeatedStarts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#starts, this.#adds, this.#ends, this.#lates].map((lane) => lane.drain()));
  }

  #noteClosed(closed: readonly Pick<ClosedSession, "reason">[]): void {
    for (const close of closed) this.#countClose(close);
    this.#open = Math.max(0, this.#open - closed.length);
  }

  #countClose({ reason }: Pick<Close, "reason">): void {
    this.#closes.set(reason, (this.#closes.get(reason) ?? 0) + 1);
  }
}
