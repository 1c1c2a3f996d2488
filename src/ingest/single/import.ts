/**
 * Imports another server's sessions with their own dates, and each event once, however often it comes.
 *
 * Lines come in the order of an export: a session's start before its events, and those in order of arrival. Each slice
 * is one transaction, so running an interrupted import again continues it.
 */

import { AppError } from "../../base/errors.ts";
import { nextTurn } from "../../base/turn.ts";
import type { LiveHub } from "../../live/hub.ts";
import { advance, begin, closeAtDeadline, type Timeouts } from "../../sessions/deadline.ts";
import { newHead } from "../../store/journal.ts";
import type { StoredSession } from "../../store/store.ts";
import { type WrittenEvent, written } from "../../store/written.ts";
import type { ExportedEvent, ExportedSession } from "../exported.ts";
import type { Import, ImportOutcome, OpenImportOptions } from "../intake.ts";
import { hasRoom, type SizeLimits } from "../room.ts";
import type { Heads } from "./heads.ts";
import { ImportMemory } from "./import-memory.ts";
import {
  count,
  endOf,
  type Imported,
  type ImportStore,
  isTimeout,
  type NewSession,
  type Planned,
  printOf,
  printOfStart,
  printOfStored,
  readPrints,
  sessionFrom,
  unfinished,
} from "./imported.ts";
import { closedHead, type LiveHead, liveHead } from "./live-head.ts";
import type { Writer } from "./writer.ts";

interface ImportParts {
  readonly store: ImportStore;
  readonly writer: Pick<Writer, "runAlone">;
  readonly heads: Heads;
  readonly timeouts: Timeouts;
  readonly sizeLimits: SizeLimits;
  readonly live: Pick<LiveHub, "closed"> | undefined;
  readonly steadyMs: () => number;
  /** How long after its close a player may still add to a session. */
  readonly graceMs: number;
  /** When a session may be due. */
  readonly dueAtMs: (head: LiveHead) => number;
  readonly elapsedMs: () => number;
  /** Finds the head of an open session that is not among the heads. */
  readonly findOpen?: (session: StoredSession) => Promise<LiveHead | undefined>;
  /** Saves a checkpoint of the heads if one is due. */
  readonly checkpoint: () => Promise<void>;
  /** Says that the import is over. */
  readonly onEnd: () => void;
}

/** Refused starts to remember, since their events must be refused too. */
const REFUSED_MAX = 100_000;
/** Work that takes longer than this gives the event loop its turn. */
const TURN_MS = 3;
/** Sessions to close, to hand over or to mark for their numbers in one turn, at an import's end. */
const ENDED_PER_TURN = 500;
/** A session that is found may change before it is remembered. */
const TRIES_MAX = 100;
const TOO_MANY = "more sessions would be open than may be here";
const TOO_LARGE = "its session would have more events or bytes than one may have here";

export class SingleImport implements Import {
  readonly #parts: ImportParts;
  readonly #options: OpenImportOptions;
  readonly #memory = new ImportMemory();
  /** Sessions whose starts were refused. */
  readonly #refused = new Set<string>();
  /** Sessions of the slice that a person had erased. */
  #erased: ReadonlySet<string> = new Set();
  /** The sessions that a dry run would have stored. */
  readonly #imagined = new Set<string>();
  /** The lowest number of an imported session. */
  #firstId = Number.POSITIVE_INFINITY;
  #sinceMs: number;

  constructor(parts: ImportParts, options: OpenImportOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#sinceMs = parts.elapsedMs();
  }

  async take(lines: readonly ExportedEvent[]): Promise<readonly ImportOutcome[]> {
    await this.#meet(lines);
    const plan: Plan = [];
    const outcomes: ImportOutcome[] = [];
    for (const line of lines) {
      outcomes.push(line.event.type === "sessionStart" ? this.#planStart(line, plan) : this.#planEvent(line, plan));
      await this.#breathe();
    }
    if (!this.#options.isDryRun) await this.#store(plan);
    this.#forgetOldest();
    await this.#parts.checkpoint();
    return outcomes;
  }

  /** Leaves open sessions to their deadlines, and gives complete ones their numbers. */
  async end(isWhole: boolean): Promise<void> {
    const { onEnd, store } = this.#parts;
    try {
      if (this.#options.isDryRun) return;
      await this.#closeAgain();
      for (const [at, state] of this.#memory.all().entries()) {
        this.#letGo(state);
        if (at % ENDED_PER_TURN === 0) await nextTurn();
      }
      if (!isWhole) return;
      const { sessions } = await store.readExtent();
      for (let afterId = this.#firstId - 1; afterId < sessions; afterId += ENDED_PER_TURN) {
        await store.settleImported({ afterId, limit: ENDED_PER_TURN });
        await nextTurn();
      }
    } finally {
      onEnd();
    }
  }

  /** Finds the session of each line, or why there is none. */
  async #meet(lines: readonly ExportedEvent[]): Promise<void> {
    const missing = new Set<string>();
    for (const { sid, seq } of lines) {
      const known = this.#memory.find(sid);
      if (known && this.#isCurrent(known, seq)) {
        known.fileSeq = seq;
        this.#memory.touch(known);
        continue;
      }
      if (known) this.#forget(known);
      if (missing.has(sid)) continue;
      if (!(await this.#find(sid, seq))) missing.add(sid);
      await this.#breathe();
    }
    this.#erased = missing.size === 0 ? missing : await this.#parts.store.findErased([...missing]);
  }

  /** Remembers a stored session. @returns whether there is one */
  async #find(sid: string, seq: number): Promise<boolean> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const stored = await this.#parts.store.findSession(sid);
      if (!stored) return false;
      if (await this.#remember(stored, seq)) return true;
      await nextTurn();
    }
    throw new AppError("overloaded", "Cannot import: a session changes all the time; repeat it later");
  }

  /** Whether a session is unchanged: it may have been erased, found by a player, or restarted in the file. */
  #isCurrent({ head, fileSeq }: Imported, seq: number): boolean {
    if (this.#options.isDryRun) return true;
    return this.#parts.heads.has(head) && !head.erased && seq > fileSeq;
  }

  /** @returns false if the session is being opened, erased or found by a player */
  async #remember(stored: StoredSession, fileSeq: number): Promise<boolean> {
    const { heads, steadyMs, findOpen } = this.#parts;
    const head = heads.find(stored.sid) ?? (stored.close ? closedHead(stored, steadyMs()) : await findOpen?.(stored));
    if (!head) return false;
    heads.keep(head);
    const known = await this.#readPrints(head, stored);
    const found = heads.find(stored.sid);
    const isCurrent = !head.erased && (!found || found === head);
    // A dry run changes nothing, so it may keep an old state.
    if (!isCurrent || this.#options.isDryRun) heads.release(head);
    if (found && found !== head) heads.rest(found);
    if (!isCurrent) return false;
    if (!found && !this.#options.isDryRun) heads.hold(head);
    this.#firstId = Math.min(this.#firstId, head.id);
    this.#memory.keep({
      head,
      startPrint: printOfStored(stored),
      known,
      isUnfinished: !stored.result && !stored.foldFailure,
      isDownloaded: stored.downloaded,
      isTrimmed: stored.trimmed === true,
      fileSeq,
      signs: undefined,
      close: head.close ?? head.closing,
      events: head.events,
      bytes: head.bytes,
    });
    return true;
  }

  async #readPrints(head: LiveHead, { trimmed }: StoredSession): Promise<Imported["known"]> {
    if (head.seq === 0 || trimmed) return undefined;
    return readPrints(this.#parts.store, head).catch((error: unknown) => {
      this.#parts.heads.release(head);
      throw error;
    });
  }

  #planStart(line: ExportedEvent, plan: Plan): ImportOutcome {
    const { sid, event, receivedAtMs } = line;
    if (this.#erased.has(sid)) return "erased";
    const session = line.session ?? sessionFrom(line);
    const state = this.#memory.find(sid);
    const start = written(event, receivedAtMs);
    const startPrint = printOfStart(start, session);
    if (state?.startPrint === startPrint && !this.#refused.has(sid))
      return this.#planClose(state, session, plan, start);
    if (state) return this.#refuseStart(sid, "another session has this id here");
    if (this.#imagined.has(sid)) return "present";
    if (this.#refused.has(sid)) return { refused: "an earlier start under its id was refused" };
    if (session.isTrimmed) return "trimmed";
    if (!hasRoom({ events: 0, bytes: 0 }, start, this.#parts.sizeLimits)) return this.#refuseStart(sid, TOO_LARGE);
    if (!session.close && this.#parts.heads.open >= this.#options.openSessionsMax)
      return this.#refuseStart(sid, TOO_MANY);
    this.#planNew({ start, startPrint, sid, session }, plan);
    return "stored";
  }

  #planNew({ start, startPrint, sid, session }: NewSession, plan: Plan): void {
    const { close, downloaded, startedAtMs } = session;
    const signs = begin(start, this.#arrivalOf(start.receivedAtMs));
    const head = liveHead(newHead(signs, { sid, startedAtMs }));
    head.importing = true;
    this.#memory.keep({
      head,
      startPrint,
      known: undefined,
      isUnfinished: true,
      isDownloaded: downloaded,
      isTrimmed: false,
      fileSeq: 0,
      signs: close ? undefined : signs,
      close,
      events: 1,
      bytes: start.text.bytes,
    });
    if (this.#options.isDryRun) this.#imagined.add(sid);
    else this.#hold(head);
    plan.push({ head, start, downloaded, events: [], ...(close && { close, unfinished: true }) });
  }

  /** Takes over the close that a known start brings, if it is new. */
  #planClose(state: Imported, { close }: ExportedSession, plan: Plan, start: WrittenEvent): ImportOutcome {
    const { head } = state;
    if (!close) {
      // A session that was open when it was exported: its close here, by a timeout, may have come too early.
      if (!state.close || isTimeout(state.close)) this.#follow(state, start);
      return "present";
    }
    if (state.close && Bun.deepEquals(state.close, close)) return "present";
    if (state.close && !isTimeout(state.close)) return { refused: "its session has closed otherwise here" };
    state.close = close;
    state.signs = undefined;
    plan.push({ head, events: [], close, ...unfinished(state) });
    return "stored";
  }

  /** Takes the signs of life from the file, beginning with the start. */
  #follow(state: Imported, start: WrittenEvent): void {
    const { head } = state;
    if (!this.#options.isDryRun) head.importing = true;
    state.signs = begin(start, this.#arrivalOf(start.receivedAtMs));
    this.#memory.follow(state);
  }

  #planEvent({ sid, event, receivedAtMs }: ExportedEvent, plan: Plan): ImportOutcome {
    if (this.#erased.has(sid)) return "erased";
    if (this.#refused.has(sid)) return { refused: "its session's start was refused" };
    const state = this.#memory.find(sid);
    if (!state) {
      if (this.#imagined.has(sid)) return "stored";
      return { refused: "its session is not here, and its sessionStart did not come before it" };
    }
    if (state.isTrimmed) return "trimmed";
    const arrived = written(event, receivedAtMs);
    const isKnown = state.known !== undefined && count(state.known, printOf(arrived), -1);
    if (!isKnown && !hasRoom(state, arrived, this.#parts.sizeLimits)) return { refused: TOO_LARGE };
    if (state.signs) advance(state.signs, event, this.#arrivalOf(receivedAtMs));
    if (isKnown) return "present";
    this.#planAdd(state, arrived, plan);
    return "stored";
  }

  #planAdd(state: Imported, arrived: WrittenEvent, plan: Plan): void {
    state.events += 1;
    state.bytes += arrived.text.bytes;
    const ends = arrived.type === "sessionEnd" && state.close === undefined;
    if (ends) state.close = endOf(state, arrived);
    const { head, close } = state;
    plan.push({ head, events: [arrived], ...(ends && close && { close }), ...unfinished(state) });
  }

  async #store(writes: Plan): Promise<void> {
    if (writes.length === 0) return;
    const { heads } = this.#parts;
    const open = new Set<LiveHead>();
    try {
      await this.#append(writes, open);
    } catch (error) {
      for (const { head, start } of writes) if (start) heads.remove(head);
      throw error;
    } finally {
      for (const head of open) head.closing = undefined;
    }
    for (const head of open) this.#noteStored(head);
  }

  /** Counts a session that was open or unknown until now. */
  #noteStored(head: LiveHead): void {
    const { heads, live } = this.#parts;
    this.#firstId = Math.min(this.#firstId, head.id || this.#firstId);
    if (!head.close || head.erased) return;
    heads.noteClosed();
    if (head.viewing) live?.closed(head, head.close.reason);
  }

  /**
   * Appends between two batches of the writer, so that neither a player's event nor an erasure interferes.
   *
   * @param open receives the heads that were open until then
   */
  async #append(writes: Plan, open: Set<LiveHead>): Promise<void> {
    const { store, writer } = this.#parts;
    await writer.runAlone(async () => {
      const left = writes.filter(({ head }) => !head.erased);
      for (const { head } of left) if (!head.close) open.add(head);
      // A player's event meets the close before it is stored.
      for (const { head, close } of left) if (open.has(head)) head.closing = close ?? head.closing;
      await store.append(left);
    });
  }

  /** Corrects the close of sessions that timed out before all of their events had arrived. */
  async #closeAgain(): Promise<void> {
    const { timeouts, steadyMs } = this.#parts;
    let plan: Plan = [];
    for (const [at, { head, signs }] of [...this.#memory.open()].entries()) {
      const close = signs && head.close && isTimeout(head.close) && closeAtDeadline(signs, timeouts);
      const isLater = close && head.close && close.closedAtMs > head.close.closedAtMs;
      if (isLater && close.closedAtMs <= steadyMs()) plan.push({ head, events: [], close });
      if ((at + 1) % ENDED_PER_TURN > 0) continue;
      await this.#store(plan);
      plan = [];
      await nextTurn();
    }
    await this.#store(plan);
  }

  /** Hands a session over to players and deadlines. */
  #letGo({ head, signs }: Imported): void {
    const { heads, steadyMs, graceMs, dueAtMs } = this.#parts;
    head.importing = undefined;
    if (!heads.has(head)) return;
    if (!head.close) {
      if (signs && signs.arrivedAtMs >= head.arrivedAtMs) Object.assign(head, signs);
      heads.schedule(head, dueAtMs(head));
    } else if (steadyMs() <= head.close.closedAtMs + graceMs) {
      // A player that still adds to it must meet this very head.
      heads.schedule(head, steadyMs() + graceMs);
    } else {
      heads.forget(head);
    }
    heads.release(head);
  }

  #hold(head: LiveHead): void {
    this.#parts.heads.hold(head);
    this.#parts.heads.keep(head);
  }

  #forget(state: Imported): void {
    this.#memory.forget(state);
    if (!this.#options.isDryRun) this.#letGo(state);
  }

  #forgetOldest(): void {
    for (let state = this.#memory.surplus(); state; state = this.#memory.surplus()) this.#forget(state);
  }

  #refuseStart(sid: string, refused: string): ImportOutcome {
    this.#refused.add(sid);
    if (this.#refused.size <= REFUSED_MAX) return { refused };
    throw new AppError("invalid-body", `Cannot import: more than ${REFUSED_MAX} sessions are refused`);
  }

  /** An arrival in the future would keep its session open for ever. */
  #arrivalOf(receivedAtMs: number): number {
    return Math.min(receivedAtMs, this.#parts.steadyMs());
  }

  async #breathe(): Promise<void> {
    if (this.#parts.elapsedMs() - this.#sinceMs < TURN_MS) return;
    await nextTurn();
    this.#sinceMs = this.#parts.elapsedMs();
  }
}

/** What a slice will store, in the order of its lines. */
type Plan = Planned[];
