/**
 * The intake of the only process that writes: which session a request is for, whether that session still takes events,
 * and the write that stores it. Memory decides, since every open session's head is in it.
 *
 * Every promise here resolves after the commit. Times are on a line that starts at the calendar and never jumps; only
 * what dates a session is the calendar's.
 */

import { type Clock, steadyLine } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { newSid } from "../../base/ids.ts";
import type { Log } from "../../base/log.ts";
import { nextTurn } from "../../base/turn.ts";
import { MINUTE_MS } from "../../base/units.ts";
import type { LiveHub } from "../../live/hub.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { type TsUnit, unitInFlags } from "../../protocol/ts-unit.ts";
import {
  advance,
  begin,
  CLOSE_REASONS,
  type Close,
  type CloseReason,
  closeAtDeadline,
  closeAtEnd,
  closeAtLimit,
  deadlineOf,
  NEVER_MOVED_MS,
  type Timeouts,
} from "../../sessions/deadline.ts";
import type { Skip } from "../../store/damage.ts";
import { type JournalStore, type LogPosition, newHead } from "../../store/journal.ts";
import { type KeyOfBody, keysOfBodies, type OpeningKey } from "../../store/opening.ts";
import { listedBy } from "../../store/session-key.ts";
import type { Erasable, ErasedReason, StoredSession } from "../../store/store.ts";
import { type EventText, textOf, type WrittenEvent } from "../../store/written.ts";
import { arrivedOf } from "../arrived.ts";
import { downloadedOf } from "../downloaded.ts";
import type { Intake, IntakeStats, OpenImportOptions, OpenOptions, OpenQuery } from "../intake.ts";
import { afterEnd, afterGrace, noRoom, unknownSession, withoutEvents } from "../refusals.ts";
import { hasRoom, refuseTooLarge, type SizeLimits } from "../room.ts";
import { Checkpoint } from "./checkpoint.ts";
import { Heads } from "./heads.ts";
import { SingleImport } from "./import.ts";
import { closedHead, type LiveHead, liveHead } from "./live-head.ts";
import { Openings } from "./openings.ts";
import { enter, leave } from "./room.ts";
import type { Writer } from "./writer.ts";

export interface IngestOptions {
  readonly store: JournalStore;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly sizeLimits: SizeLimits;
  /** How long after its close a session still takes earlier events. */
  readonly lateGraceMs: number;
  readonly log: Log;
  /** Hears of everything once it is stored. */
  readonly live?: Pick<LiveHub, "opened" | "stored" | "folded" | "closed" | "forgotten">;
}

interface StartOptions {
  readonly text: EventText;
  /** What its store keeps to recognise it. */
  readonly opening: OpeningKey | undefined;
  readonly mark: string | undefined;
}

/** How long a closed session stays in memory: `sessionEnd` overtakes events of its own tick by milliseconds. */
const CLOSED_KEPT_MS = MINUTE_MS;
/** How long a head may go unchecked, so that closed ones are soon forgotten. */
const LOOK_AGAIN_MS = MINUTE_MS;
/** Sessions to check before the event loop gets its turn. */
const SLICE = 100;

export class Ingest implements Intake {
  readonly #options: IngestOptions;
  readonly #heads: Heads;
  readonly #openings: Openings;
  readonly #keyOfBody: KeyOfBody;
  readonly steadyMs: () => number;
  /** How many sessions have been erased: anything read before an erasure may belong to an erased session. */
  #erasures = 0;
  readonly #checkpoint: Checkpoint;
  #isImporting = false;
  /** Has every reason from the start, so that a rate begins at 0. */
  readonly #closes = new Map(Object.keys(CLOSE_REASONS).map((reason) => [reason as CloseReason, 0]));

  private constructor(options: IngestOptions, restoredFrom: LogPosition, keyOfBody: KeyOfBody) {
    this.#options = options;
    this.#keyOfBody = keyOfBody;
    this.steadyMs = steadyLine(options.clock);
    this.#heads = new Heads(this.steadyMs());
    this.#openings = new Openings({ store: options.store, steadyMs: this.steadyMs, heads: this.#heads });
    this.#checkpoint = new Checkpoint({ store: options.store, heads: this.#heads, restoredFrom });
  }

  /** Continues where the last process left off: open sessions stay open, and their timeouts go on. */
  static async restore(options: IngestOptions): Promise<Ingest> {
    const { heads: stored, checkpoint } = await options.store.restoreHeads();
    const heads = stored.map(liveHead);
    const ingest = new Ingest(options, checkpoint, keysOfBodies(await options.store.hashKey()));
    const nowMs = ingest.steadyMs();
    for (const head of heads) {
      // The calendar may have been set back since: an arrival in the future would keep its session open for ever, and
      // its next event must not arrive before those that it follows.
      head.aheadMs = Math.max(0, head.arrivedAtMs - nowMs);
      head.arrivedAtMs = Math.min(head.arrivedAtMs, nowMs);
      if (head.movedAtMs !== NEVER_MOVED_MS) head.movedAtMs = Math.min(head.movedAtMs, nowMs);
      ingest.#heads.add(head, ingest.#dueAtMs(head));
    }
    await ingest.#openings.restore(heads);
    for (const head of heads) ingest.#heads.rest(head);
    return ingest;
  }

  open(start: PlayerEvent, { known, mark, admit }: OpenOptions<OpeningKey | "body"> = {}): Promise<string> {
    const text = textOf(start);
    // A row for each start of an SDK would cost a fifteenth of it, and the start's own says as much.
    const [key, opening] = known === "body" ? [this.#keyOfBody(start, text)] : [known, known];
    return this.#openings.open(key, () => {
      admit?.();
      return this.#open(start, { text, opening, mark });
    });
  }

  openDownloaded(events: readonly PlayerEvent[], { known, admit }: OpenOptions = {}): Promise<string> {
    return this.#openings.open(known, () => {
      admit?.();
      return this.#openDownloaded(events, known);
    });
  }

  findOpened(key: string): Promise<string | undefined> {
    return this.#openings.find(key);
  }

  async #open(start: PlayerEvent, { text, opening, mark }: StartOptions): Promise<LiveHead> {
    const head = this.#newHead(start, this.#options.clock.nowMs(), mark);
    const arrived = arrivedOf(start, head, this.steadyMs(), text);
    refuseTooLarge([arrived], this.#options.sizeLimits);
    await this.#options.writer.add({ head, start: arrived, ...(opening && { opening }), events: [] });
    this.#heads.add(head, this.#dueAtMs(head));
    this.#options.live?.opened(head, arrived);
    return head;
  }

  async #openDownloaded(events: readonly PlayerEvent[], opening: OpeningKey | undefined): Promise<LiveHead> {
    const { clock, sizeLimits, writer } = this.#options;
    const arrival = { nowMs: clock.nowMs(), arrivedAtMs: this.steadyMs() };
    const { startedAtMs, start, events: later, signs, close } = downloadedOf(events, { ...arrival, sizeLimits });
    const head: LiveHead = Object.assign(this.#newHead(start, startedAtMs), signs);
    await writer.add({ head, start, downloaded: true, events: later, close, ...(opening && { opening }) });
    this.#countClose(close);
    this.#heads.add(head, head.arrivedAtMs + CLOSED_KEPT_MS);
    return head;
  }

  async add(sid: string, parse: (unit: TsUnit) => PlayerEvent): Promise<void> {
    const head = this.#heads.find(sid) ?? (await this.#recall(sid));
    if (!head) throw unknownSession();
    try {
      this.#refuseAfterGrace(head);
      const event = parse(head.tsUnit);
      const arrivedAtMs = this.steadyMs();
      this.#closeIfDue(head, arrivedAtMs);
      const ended = head.close ?? head.closing;
      if (ended) this.#refuseAfterEnd(head, ended, event);
      const arrived = arrivedOf(event, head, arrivedAtMs);
      if (!hasRoom(head.taken ?? head, arrived, this.#options.sizeLimits)) {
        if (!ended) await this.#close(head, closeAtLimit(head.taken ?? head), []);
        throw noRoom();
      }
      enter(head, arrived, arrivedAtMs);
      let isStored = false;
      try {
        if (event.type === "sessionEnd" && !ended) {
          await this.#close(head, closeAtEnd(event, arrivedAtMs), [arrived]);
        } else {
          await this.#options.writer.add({ head, events: [arrived] });
          this.#options.live?.stored(head, arrived, event.playheadMs !== head.playheadMs);
        }
        advance(head, event, arrivedAtMs);
        isStored = true;
      } finally {
        leave(head, arrived, isStored);
      }
    } finally {
      this.#heads.rest(head);
    }
  }

  /**
   * Checks a head whose bucket has come up: closes it, forgets it, or puts it back for later.
   *
   * @returns a promise of the close, if one is on its way
   */
  #attend(head: LiveHead): Promise<void> | undefined {
    if (head.erased) return undefined;
    const nowMs = this.steadyMs();
    if (head.close) {
      const keptUntilMs = Math.max(head.arrivedAtMs, head.close.closedAtMs) + CLOSED_KEPT_MS;
      if (keptUntilMs <= nowMs) this.#heads.forget(head);
      else this.#heads.schedule(head, keptUntilMs);
      return undefined;
    }
    const closing = this.#closeIfDue(head, nowMs);
    if (!closing) {
      this.#heads.schedule(head, this.#dueAtMs(head));
      this.#heads.rest(head);
    }
    // A close that could not be stored is retried; a stored one comes up to be forgotten.
    return closing
      ?.catch((error: unknown) => {
        if (!head.erased) throw error;
      })
      .finally(() => this.#heads.schedule(head, this.steadyMs()));
  }

  /** Forgets an erased session: other holders of its head can no longer add to it. */
  #noteErased(sid: string): void {
    this.#erasures += 1;
    const head = this.#heads.find(sid);
    if (!head) return;
    head.erased = true;
    this.#options.live?.forgotten(head);
    this.#heads.remove(head);
  }

  /** Closes a session whose deadline has passed; undefined if none has. */
  #closeIfDue(head: LiveHead, nowMs: number): Promise<void> | undefined {
    if (head.close || head.closing || head.importing) return undefined;
    if (deadlineOf(head, this.#options.timeouts).atMs > nowMs) return undefined;
    const closing = this.#close(head, closeAtDeadline(head, this.#options.timeouts), []);
    // An event that triggers the close does not await it, so a failure must count as handled.
    closing.catch(() => {});
    return closing;
  }

  listOpen(query: OpenQuery, skip?: Skip): Promise<StoredSession[]> {
    const open = this.#heads.newestOpen(query.limit, listedBy(query));
    return this.#options.store.getSessions(
      open.map(({ id }) => id),
      skip,
    );
  }

  seqOf({ sid, seq }: Erasable): number {
    return seq ?? this.#heads.look(sid, (head) => head?.seq) ?? 0;
  }

  noteFold({ sid, start }: StoredSession, seq: number, last: Parameters<Intake["noteFold"]>[2]): void {
    this.#heads.look(sid, (head) => {
      if (head?.seq !== seq) return;
      this.#options.live?.folded(head, start, { main: last.stateAfter, inBreak: last.breakStateAfter ?? undefined });
    });
  }

  openImport(options: OpenImportOptions): SingleImport {
    if (this.#isImporting) {
      throw new AppError("overloaded", "Cannot import: another import is under way; repeat it once that has ended");
    }
    this.#isImporting = true;
    const { store, writer, timeouts, sizeLimits, lateGraceMs, live, clock } = this.#options;
    const parts = {
      store,
      writer,
      timeouts,
      sizeLimits,
      live,
      heads: this.#heads,
      graceMs: lateGraceMs + CLOSED_KEPT_MS,
      steadyMs: this.steadyMs,
      dueAtMs: (head: LiveHead) => this.#dueAtMs(head),
      elapsedMs: () => clock.elapsedMs(),
      checkpoint: () => this.#checkpoint.saveIfFar(),
      onEnd: () => {
        this.#isImporting = false;
      },
    };
    return new SingleImport(parts, options);
  }

  countOpen(): number {
    return this.#heads.open;
  }

  stats(): IntakeStats {
    const { repeats: repeatedStarts } = this.#openings;
    return { ...this.#options.writer.stats(), closes: this.#closes, repeatedStarts };
  }

  async closeDue(): Promise<void> {
    // An idle server must notice too, before another one starts in its place.
    await this.#options.store.checkFiles();
    while (true) {
      const due = this.#heads.takeDue(this.steadyMs(), SLICE);
      const outcomes = await Promise.allSettled(due.map((head) => this.#attend(head)));
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed) throw failed.reason;
      if (due.length < SLICE) break;
      await nextTurn();
    }
    await this.#checkpoint.saveIfFar();
    await this.#openings.forgetOld();
  }

  /** Erases between two batches of the writer, so that memory and the store forget at the same time. */
  eraseNow(ids: readonly number[], reason?: ErasedReason): Promise<number> {
    const { store, writer } = this.#options;
    return writer.runAlone(async () => {
      const sessions = await store.findErasable(ids);
      const ends = sessions.map((session) => ({ id: session.id, seq: this.seqOf(session) }));
      const erased = await store.erase(ends, this.steadyMs(), reason);
      for (const { sid } of sessions) this.#noteErased(sid);
      writer.noteErased(new Set(ids));
      return erased;
    });
  }

  /** Stores waiting writes and saves every head, so that the next start has no log to replay. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.writer.drain();
    // Without it the next start reads more of the log; a failing or full disk must not keep the server from ending.
    await this.#checkpoint
      .save()
      .catch((error: unknown) =>
        this.#options.log.warn("The last checkpoint could not be written", { error: String(error) }),
      );
  }

  async #close(head: LiveHead, close: Close, events: readonly WrittenEvent[]): Promise<void> {
    // Set before the commit: an event after a sessionEnd meets a closed session even in the same batch.
    head.closing = close;
    try {
      await this.#options.writer.add({ head, events, close });
      this.#noteClosed(head, close);
      for (const event of events) this.#options.live?.stored(head, event, false);
      this.#options.live?.closed(head, close.reason);
    } finally {
      head.closing = undefined;
    }
  }

  #noteClosed({ id, sid, events, bytes }: LiveHead, close: Close): void {
    this.#heads.noteClosed();
    this.#countClose(close);
    if (close.reason !== "limit") return;
    this.#options.log.warn("Closed a session that has reached its limit", { session: id, sid, events, bytes });
  }

  #countClose({ reason }: Close): void {
    this.#closes.set(reason, (this.#closes.get(reason) ?? 0) + 1);
  }

  #refuseAfterEnd(head: LiveHead, { endTsMs }: Close, { tsMs }: PlayerEvent): void {
    this.#refuseAfterGrace(head);
    if (tsMs > endTsMs) throw afterEnd();
  }

  #refuseAfterGrace(head: LiveHead): void {
    const close = head.close ?? head.closing;
    if (close?.reason === "limit") throw noRoom();
    if (!close || this.steadyMs() <= close.closedAtMs + this.#options.lateGraceMs) return;
    throw afterGrace();
  }

  /** Reads a session that memory has dropped back from the store. */
  async #recall(sid: string): Promise<LiveHead | undefined> {
    const erasures = this.#erasures;
    const stored = await this.#options.store.findSession(sid);
    if (erasures !== this.#erasures) return this.#recall(sid);
    // Another request may have read it back meanwhile, and a session has only one head.
    const known = this.#heads.find(sid);
    if (known || !stored?.close) return known;
    const { close } = stored;
    if (stored.trimmed) throw withoutEvents();
    const nowMs = this.steadyMs();
    const head = closedHead(stored, nowMs);
    head.aheadMs = Math.max(0, close.closedAtMs - nowMs);
    if (nowMs <= close.closedAtMs + this.#options.lateGraceMs) this.#heads.add(head, nowMs + CLOSED_KEPT_MS);
    return head;
  }

  #newHead(start: PlayerEvent, startedAtMs: number, mark?: string): LiveHead {
    const sid = newSid(this.#options.clock.nowMs(), mark);
    return liveHead(newHead(begin(start, this.steadyMs()), { sid, startedAtMs, tsUnit: unitInFlags(start.flags) }));
  }

  #dueAtMs(head: LiveHead): number {
    if (head.importing) return this.steadyMs() + LOOK_AGAIN_MS;
    return Math.min(deadlineOf(head, this.#options.timeouts).atMs, this.steadyMs() + LOOK_AGAIN_MS);
  }
}
