/** §2 and §8: what plays after each event, and which rules say so. One pass over the events in their order. */

import { type Ad, adOf, type ContentState, isOverdue, type Pod, play } from "./pod.ts";
import { areTwoInStep, following, HORIZON_MS, isInStep } from "./stride.ts";
import type { Placed, Rule, Title } from "./told.ts";

export type Kind = "content" | "ad" | "pause" | "buffer" | "gap" | "nothing";

/** A part of the time between an event and the next. */
export interface Part {
  /** The index of the event that it follows. */
  readonly after: number;
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
  readonly ad: Ad | undefined;
  readonly isInBreak: boolean;
}

export interface Chapter {
  readonly by: Placed;
  isCompleted: boolean;
  isSkipped: boolean;
}

/** A time in which content, or an ad, waits for data. */
export interface Buffer {
  /** The index of the event at which it begins. */
  readonly index: number;
  readonly isOfAd: boolean;
  ms: number;
}

const PATIENCE_MS = 30 * 60_000;
const IMPLIED_MS = 10 * 60_000;
/** What each event asks for. */
const STATES: ReadonlyMap<string, ContentState> = new Map([
  ["play", "playing"],
  ["pauseStart", "paused"],
  ["bufferStart", "buffering"],
]);

export interface CourseOptions extends Title {
  readonly off: ReadonlySet<Rule>;
}

/** The course of a session. Its members are what the numbers are made of. */
export class Course {
  readonly parts: Part[] = [];
  /** Each with the event at which, or behind which, it was found. */
  readonly mendings: { readonly rule: Rule; readonly index: number }[] = [];
  readonly ads: Ad[] = [];
  readonly pods: Pod[] = [];
  readonly chapters: Chapter[] = [];
  /** The chapter that is open after each event. */
  readonly chapterAfter: (Chapter | undefined)[] = [];
  /** The ad that is open before each event, and after it. */
  readonly adBefore: (Ad | undefined)[] = [];
  readonly adAfter: (Ad | undefined)[] = [];
  /** The events that are a `play` that ended a pause or a buffer. */
  readonly resumedAt = new Set<number>();
  /** The event at which main content began to play for the first time. */
  startedAt: number | undefined;
  /** The ad, by the index of its start, that is overdue, and when it was over. */
  overdue: { readonly ad: number; readonly at: number } | undefined;
  readonly buffers: Buffer[] = [];
  /** Whether content plays behind the last event. */
  playsAtEnd = false;
  pauses = 0;
  completions = 0;

  #content: ContentState = "starting";
  /** The buffer that lasts: content's waits while a break has its own. */
  #contentBuffer: Buffer | undefined;
  #podBuffer: Buffer | undefined;
  #pod: Pod | undefined;
  #ad: Ad | undefined;
  #chapter: Chapter | undefined;
  /** A break, an ad that a rule took for over: their completions may still come. */
  #lapsedPod: Pod | undefined;
  #lapsedAd: Ad | undefined;
  #playSaid = false;
  readonly #events: readonly Placed[];
  readonly #options: CourseOptions;
  readonly #overdueAt: ReadonlyMap<number, number>;

  /** An ad that shows itself overdue was over before, so the course begins again with that known. */
  static of(events: readonly Placed[], options: CourseOptions): Course {
    const overdueAt = new Map<number, number>();
    for (;;) {
      const course = new Course(events, options, overdueAt);
      if (!course.overdue) return course;
      overdueAt.set(course.overdue.ad, course.overdue.at);
    }
  }

  private constructor(events: readonly Placed[], options: CourseOptions, overdueAt: ReadonlyMap<number, number>) {
    this.#events = events;
    this.#options = options;
    this.#overdueAt = overdueAt;
    for (const [index, event] of events.entries()) {
      this.adBefore[index] = this.#ad;
      this.#take(event, index);
      this.#mend(event, index);
      this.chapterAfter[index] = this.#chapter;
      this.adAfter[index] = this.#ad;
      // Reading: the content's start is where it plays.
      if (!this.#pod && this.#content === "playing") this.startedAt ??= index;
      const next = events[index + 1];
      if (next) this.#pass(index, event.at, Math.max(event.at, next.at));
      if (this.overdue) return;
    }
    this.playsAtEnd = this.#kind === "content";
  }

  // What an event does by itself.

  #take(event: Placed, index: number): void {
    const { type } = event;
    if (STATES.has(type)) this.#ask(type, index);
    else if (type === "adBreakStart") this.#openPod(event, index);
    else if (type === "adBreakComplete") this.#completePod();
    else if (type === "adStart") this.#openAd(event, index);
    else if (type === "adComplete" || type === "adSkip") this.#closeAd(type);
    else if (type.startsWith("chapter")) this.#turnChapter(event);
    else if (type === "sessionComplete") {
      this.completions += 1;
      this.#content = "ended";
    }
  }

  #ask(type: string, index: number): void {
    const to = STATES.get(type) as ContentState;
    if (type === "play") this.#playSaid = true;
    const from = this.#pod ? this.#pod.state : this.#content;
    if (from === to || (from === "ended" && to !== "playing")) return;
    if (to === "paused") this.pauses += 1;
    const buffer = to === "buffering" ? { index, isOfAd: this.#pod !== undefined, ms: 0 } : undefined;
    if (buffer) this.buffers.push(buffer);
    if (this.#pod) {
      this.#pod.state = to;
      this.#podBuffer = buffer;
      return;
    }
    this.#content = to;
    this.#contentBuffer = buffer;
    if (to === "playing" && from !== "starting" && from !== "ended") this.resumedAt.add(index);
  }

  #openPod(by: Placed, index: number): void {
    this.#pod = { by, index, state: "starting", isCompleted: false, ads: 0 };
    this.pods.push(this.#pod);
    this.#ad = undefined;
    this.#lapsedAd = undefined;
    this.#lapsedPod = undefined;
  }

  #completePod(): void {
    const pod = this.#pod ?? this.#lapsedPod;
    if (pod) pod.isCompleted = true;
    this.#pod = undefined;
    this.#ad = undefined;
    this.#lapsedAd = undefined;
    this.#lapsedPod = undefined;
  }

  #openAd(by: Placed, index: number): void {
    if (!this.#pod && this.#lapsedPod) {
      this.#pod = this.#lapsedPod;
      this.#lapsedPod = undefined;
    }
    if (!this.#pod) return;
    this.#pod.state = "playing";
    this.#pod.ads += 1;
    this.#lapsedAd = undefined;
    this.#ad = adOf(index, by, this.#pod);
    this.ads.push(this.#ad);
  }

  #closeAd(type: string): void {
    const ad = this.#ad ?? this.#lapsedAd;
    if (ad && type === "adComplete") ad.isCompleted = true;
    if (ad && type === "adSkip") ad.isSkipped = true;
    if (this.#ad && this.#pod) this.#pod.state = "starting";
    this.#ad = undefined;
    this.#lapsedAd = undefined;
  }

  #turnChapter(by: Placed): void {
    const chapter = this.#chapter;
    if (by.type === "chapterStart") {
      this.#chapter = { by, isCompleted: false, isSkipped: false };
      this.chapters.push(this.#chapter);
      return;
    }
    if (chapter && by.type === "chapterComplete") chapter.isCompleted = true;
    if (chapter && by.type === "chapterSkip") chapter.isSkipped = true;
    this.#chapter = undefined;
  }

  // The rules, each tried once at an event, in this order.

  #mend(event: Placed, index: number): void {
    this.#tryRule("complete-in-break", index, () => this.#completeInBreak(event, index));
    this.#tryRule("break-over-by-play", index, () => this.#overByPlay(event, index));
    this.#tryRule("ad-overdue", index, () => this.#overdue(event.at));
    this.#tryRule("ad-overtaken", index, () => this.#overtaken(event, index));
    this.#tryRule("break-never-completed", index, () => this.#neverCompleted(event.at, index));
    this.#tryRule("break-over-by-playhead", index, () => this.#overByPlayhead(index));
    this.#tryRule("play-implied", index, () => this.#implied(index));
  }

  #tryRule(rule: Rule, index: number, mends: () => boolean): void {
    if (!this.#options.off.has(rule) && mends()) this.mendings.push({ rule, index });
  }

  #adFollows(index: number, to: number, isLong = false): boolean {
    const until = ["adBreakComplete", "adBreakStart"];
    return following(this.#events, { from: index, types: ["adStart"], until, to, isLong }) !== undefined;
  }

  #completionOf(index: number, to: number, isLong = false): Placed | undefined {
    const look = { from: index, types: ["adBreakComplete"], until: ["adBreakStart"], to, isLong };
    const at = following(this.#events, look);
    return at === undefined ? undefined : this.#events[at];
  }

  /** A break is open, and no ad. */
  get #isIdle(): boolean {
    return this.#pod !== undefined && this.#ad === undefined;
  }

  #endPod(): void {
    this.#lapsedPod = this.#pod;
    this.#pod = undefined;
  }

  #completeInBreak({ type, at }: Placed, index: number): boolean {
    if (type !== "sessionComplete" || !this.#isIdle || this.#adFollows(index, at + HORIZON_MS)) return false;
    this.#endPod();
    return true;
  }

  #overByPlay({ type, at }: Placed, index: number): boolean {
    if (type !== "play" || !this.#isIdle || this.#adFollows(index, at + HORIZON_MS)) return false;
    const completion = this.#completionOf(index, at + PATIENCE_MS, true);
    const isOver = isInStep(this.#events, index) || !completion || completion.at <= at + 1000 || this.#options.isLive;
    // Where content waits for the completion and would play then in any case, nothing is mended.
    if (!isOver && this.#content === "playing") return false;
    this.#content = "playing";
    if (isOver) this.#endPod();
    return true;
  }

  #overdue(at: number): boolean {
    const overdueAt = this.#overdueAt.get(this.#ad?.index ?? -1);
    if (!this.#ad || !this.#pod || overdueAt === undefined || overdueAt > at) return false;
    this.#pod.state = "starting";
    this.#lapsedAd = this.#ad;
    this.#ad = undefined;
    return true;
  }

  #overtaken({ at, playheadMs }: Placed, index: number): boolean {
    const ad = this.#ad;
    const pod = this.#pod;
    if (this.#options.isLive || !ad || !pod || at - pod.by.at < 1000) return false;
    const stood = this.#events.slice(pod.index, index).every((each) => each.playheadMs === playheadMs);
    if (!stood || !areTwoInStep(this.#events, index) || this.#hasWitness(ad)) return false;
    this.#lapsedAd = ad;
    this.#ad = undefined;
    this.#endPod();
    if (this.#playSaid) this.#content = "playing";
    return true;
  }

  /** Whether an ad's end, as it is told, fits its length. Reading: its rule says how far it looks, not the horizon. */
  #hasWitness({ by, lengthMs, index }: Ad): boolean {
    const isSure = lengthMs !== undefined && lengthMs >= 5000;
    const to = by.at + Math.min(PATIENCE_MS, isSure ? lengthMs + 5000 : PATIENCE_MS);
    const until = ["adStart", "adBreakStart", "adBreakComplete"];
    const ends = { from: index, types: ["adComplete", "adSkip"], until, to, isLong: true };
    if (following(this.#events, ends) !== undefined) return true;
    const look = { from: index, types: ["adStart", "adBreakComplete"], until: ["adBreakStart"], to, isLong: true };
    const next = this.#events[following(this.#events, look) ?? -1];
    return isSure && next !== undefined && next.at >= by.at + lengthMs - 2000;
  }

  #neverCompleted(at: number, index: number): boolean {
    const to = at + PATIENCE_MS;
    // Reading: at the last event there is nothing left to mend.
    if (
      !this.#isIdle ||
      index === this.#events.length - 1 ||
      this.#adFollows(index, to, true) ||
      this.#completionOf(index, to, true)
    )
      return false;
    this.#endPod();
    if (this.#content === "starting" && this.#playSaid) this.#content = "playing";
    return true;
  }

  #overByPlayhead(index: number): boolean {
    if (this.#options.isLive || !this.#isIdle || !isInStep(this.#events, index)) return false;
    const to = (this.#events[index]?.at ?? 0) + HORIZON_MS;
    if (this.#adFollows(index, to) || this.#completionOf(index, to)) return false;
    this.#endPod();
    if (this.#playSaid) this.#content = "playing";
    return true;
  }

  #implied(index: number): boolean {
    const state = this.#content;
    if (this.#options.isLive || this.#pod || state === "playing") return false;
    if (state === "starting" ? !this.#playSaid : !this.#events.some(({ type }) => type === "play")) return false;
    if (!areTwoInStep(this.#events, index)) return false;
    if (state !== "ended" && this.#nextAskOutside(index)?.type === "play") return false;
    this.#content = "playing";
    return true;
  }

  #nextAskOutside(index: number): Placed | undefined {
    const to = (this.#events[index]?.at ?? 0) + IMPLIED_MS;
    let isInside = false;
    for (const event of this.#events.slice(index + 1)) {
      if (event.at > to) return undefined;
      if (event.type === "adBreakStart") isInside = true;
      if (event.type === "adBreakComplete") isInside = false;
      if (!isInside && STATES.has(event.type)) return event;
    }
    return undefined;
  }

  // The time after an event.

  #pass(index: number, from: number, to: number): void {
    const overdueAt = this.#overdueAt.get(this.#ad?.index ?? -1);
    if (overdueAt === undefined || overdueAt >= to) {
      this.#part(index, from, to);
      const ad = this.#ad;
      if (overdueAt !== undefined || !ad || this.#options.off.has("ad-overdue")) return;
      if (isOverdue(this.#events, ad, index + 1)) this.overdue = { ad: ad.index, at: ad.lengthAt ?? to };
      return;
    }
    this.#part(index, from, overdueAt);
    this.#tryRule("ad-overdue", index, () => this.#overdue(overdueAt));
    this.#tryRule("break-never-completed", index, () => this.#neverCompleted(overdueAt, index));
    // Reading: at that instant the event before it says where strides begin.
    this.#tryRule("break-over-by-playhead", index, () => this.#overByPlayhead(index));
    this.#tryRule("play-implied", index, () => this.#implied(index));
    if (this.#kind === "content") this.startedAt ??= index;
    this.#part(index, overdueAt, to);
  }

  #part(after: number, from: number, to: number): void {
    const kind = this.#kind;
    this.parts.push({ after, from, to, kind, ad: this.#ad, isInBreak: this.#pod !== undefined });
    if (kind === "ad" && this.#ad) play(this.#ad, from, to);
    const buffer = this.#pod ? this.#podBuffer : this.#contentBuffer;
    if (kind === "buffer" && buffer) buffer.ms += to - from;
  }

  get #kind(): Kind {
    const state = this.#pod ? this.#pod.state : this.#content;
    if (state === "paused") return "pause";
    if (state === "buffering") return "buffer";
    if (state !== "playing") return "nothing";
    if (this.#pod) return this.#ad ? "ad" : "nothing";
    return "content";
  }
}
