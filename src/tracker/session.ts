/**
 * One session of one element: its events, from what the element does and from what the page says.
 *
 * It listens from its beginning to its end, and is not used again.
 */

import type { Adapter } from "./adapter.ts";
import type { Ad, AdBreak, Chapter, Content, Metadata } from "./api.ts";
import { nowMs } from "./clock.ts";
import { guarded, listener } from "./guard.ts";
import { createOutbox, type Outbox, type OutboxOptions } from "./outbox.ts";
import { createPlayback, type Playback, type PlaybackWatch } from "./playback.ts";
import { createPlayhead, type Playhead } from "./playhead.ts";
import { statesOf } from "./states.ts";
import { finite, named, type Params, startParams } from "./wire.ts";

/** They may change something that is reported; a change without one of them shows at the next `timeupdate`. */
const EVENTS =
  "ended playing waiting seeking seeked emptied play loadedmetadata volumechange ratechange pause timeupdate";

/** As in HTMLMediaElement. Neither it nor EMPTY, which is 0, has anything to load. */
export const NO_SOURCE = 3;

/** How deep in ads: 0 is the content; in a break, in an ad of it, in one that plays in the element itself. */
const BREAK = 1;
const AD = 2;
const AD_HERE = 3;

export type ErrorSource = "player" | "external";

/** What the sessions of an element have in common. */
export interface Host extends OutboxOptions {
  readonly media: HTMLMediaElement;
  /** What a player was handed over, once its part is loaded. */
  adapter?: Adapter | undefined;
  /** Resolves when it is, or never will be. */
  readonly adapting: Promise<unknown> | undefined;
  /** Asks the viewer. */
  readonly consents: () => Promise<boolean>;
  /** When the viewer wanted to play, once that is known. */
  wishedAtMs?: number | undefined;
}

export class Session {
  readonly #host: Host;
  readonly #content: Content;
  readonly #params: Params = {};
  readonly #outbox: Outbox;
  readonly #playhead: Playhead;
  readonly #playback: PlaybackWatch;
  readonly #abort = new AbortController();
  /** Player states by name, each active where its value is truthy. */
  readonly #states: Record<string, unknown> = { __proto__: null };
  readonly #wasInPage: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastTs = 0;
  #source: string | undefined;
  #isReady = false;
  /** When the first frame of content or ad was. */
  #shownAtMs = 0;
  /** How the content moves, apart from playing or not. */
  #motion = "";
  /** 0 in the content. */
  #depth = 0;
  /** What the content did when the break began. */
  #contentState: Playback = "";
  /** Where the content is while an ad plays. */
  #held: number | undefined;
  #bitrate: number | undefined;
  #breaks = 0;
  #ads = 0;
  #chapters = 0;
  /** Whether it has ended, and tells no more. */
  isOver = false;

  constructor(host: Host, content: Content) {
    const { media } = host;
    this.#host = host;
    this.#content = content;
    this.#wasInPage = media.isConnected;
    this.#outbox = createOutbox(host);
    this.#playhead = createPlayhead(media, () => this.#isLive);
    this.#playback = createPlayback(media, (state, sinceMs) => this.#change(state, sinceMs));
    this.#describe();
    this.#tell("sessionStart", this.#params, content.metadata);
    const look = ({ type }: Event) => this.#look(type);
    const listen = listener(this.#abort.signal);
    listen(media, EVENTS, look);
    listen(window, "fullscreenchange focus blur", look);
    void host
      .consents()
      .catch(() => false)
      .then(this.#outbox.allow);
    if (this.#params["media.length"]) void this.ready();
    this.#look();
  }

  /** Whether the content was played to its end, and no ad is under way. */
  get isComplete(): boolean {
    return !this.#depth && this.#playback.state === "sessionComplete";
  }

  /** Ends it where another source came, not the same one again, as after an error. @returns whether it goes on */
  meetSource(): boolean {
    const before = this.#source;
    if (!this.#depth) this.#describe();
    if (before && this.#source !== before) this.end();
    return !this.isOver;
  }

  /** The length is known, or it will not be. */
  async ready(): Promise<void> {
    if (this.#isReady) return;
    this.#isReady = true;
    await this.#host.adapting;
    this.#describe();
    this.#outbox.ready();
  }

  get #isLive(): boolean {
    // No content is that long: an endless stream's duration is infinite, or some huge number.
    const ENDLESS_S = 1e9;
    const { adapter, media } = this.#host;
    return adapter?.isLive() ?? media.duration > ENDLESS_S;
  }

  /** What is known of the content by now: before the start is sent there may be more than when it began. */
  #describe(): void {
    const { adapter, media } = this.#host;
    this.#source = adapter?.source() ?? media.currentSrc;
    const playerName = adapter?.name ?? "html5";
    Object.assign(this.#params, startParams({ playerName, ...this.#content }, media, this.#isLive));
  }

  /** Tells all that changed. */
  #look(type?: string): void {
    const { media } = this.#host;
    // Players of live streams change the speed by hundredths, and often.
    const motion = `${this.#playhead.look(type)} ${media.playbackRate?.toFixed(1)} ${this.#isFinished}`;
    if (motion !== this.#motion) {
      this.#motion = motion;
      // Without a ping here, what was watched and what was passed over would blur, and one speed into the next.
      if (!this.#depth && this.#playback.state === "play") this.#tell("ping");
      this.#schedule();
    }
    if (this.#depth === AD && type === "timeupdate" && !media.paused) this.#depth = AD_HERE;
    if (media.readyState) void this.ready();
    this.#setStates(statesOf(media));
    const before = this.#bitrate;
    const { "media.qoe.bitrate": bitrate = before } = this.#readQoe();
    // What reads a first one may have loaded after "play" was told: it is reported at once, as a change is.
    if (bitrate !== before && (before || this.#playback.state === "play"))
      this.#tell(before ? "bitrateChange" : "ping");
    this.#bitrate = bitrate;
    this.#playback.look();
  }

  #readQoe() {
    const { adapter, media, settings, wishedAtMs } = this.#host as Host & { wishedAtMs: number };
    const bitrate = guarded(() => (settings.bitrate ?? adapter?.bitrate)?.());
    // Sound has no frames, and an element around another may not tell of them.
    const dropped = guarded(() => (media as HTMLVideoElement).getVideoPlaybackQuality().droppedVideoFrames);
    // An ad may be shown before the viewer wants to play; while that is unknown, no comparison is true.
    const waitMs = this.#shownAtMs - wishedAtMs;
    // A member that is undefined is left out by JSON.
    return {
      "media.qoe.bitrate": Math.round(finite(bitrate())) || undefined,
      "media.qoe.droppedFrames": dropped(),
      "media.qoe.timeToStart": waitMs >= 0 ? waitMs : undefined,
    };
  }

  /** @param atMs when it happened, if not now */
  #tell(eventType: string, params?: Params, metadata?: Metadata, atMs = nowMs(), qoe?: object): void {
    if (this.isOver) return;
    // The API wants each later than the one before; browsers blur their clocks.
    this.#lastTs = Math.max(atMs, this.#lastTs + 1);
    this.#outbox.push({
      eventType,
      playerTime: { playhead: this.#held ?? this.#playhead.now(), ts: this.#lastTs },
      params,
      customMetadata: metadata && (named("", metadata) as Metadata),
      qoeData: { ...this.#readQoe(), ...qoe },
    });
  }

  /** Whether the content has ended, or its element or source is gone; either may come back within a moment. */
  get #isFinished(): unknown {
    const { media } = this.#host;
    return (
      this.isComplete ||
      (!this.#depth && this.#source && media.networkState % NO_SOURCE === 0) ||
      (this.#wasInPage && !media.isConnected)
    );
  }

  #change(state: Playback, atMs: number): void {
    // What the element does while an ad plays elsewhere is the page's doing.
    if (this.#depth && (state === "sessionComplete" || this.#depth !== AD_HERE)) return;
    if (state === "play") this.#shownAtMs ||= nowMs();
    this.#tell(state, undefined, undefined, atMs);
    this.#schedule();
  }

  /** Tells all states that changed in one event. */
  #setStates(states: Readonly<Record<string, unknown>>): void {
    const changed = Object.entries(states).filter(([name, active]) => !this.#states[name] === !!active);
    const listOf = (value: boolean) =>
      changed.filter(([, active]) => !active !== value).map(([name]) => ({ "media.state.name": name }));
    Object.assign(this.#states, states);
    if (changed[0]) this.#tell("statesUpdate", { statesEnd: listOf(false), statesStart: listOf(true) });
  }

  /** Schedules what comes next in silence: a ping, or the end as of now, unless the content goes on by then. */
  #schedule(): void {
    // Bun's bundler puts a function's own constants where they are used, and leaves those of a file as names.
    // Also how long an end waits: a post-roll may follow the content, and an element that left the page may come back.
    const PING_MS = 10_000;
    const AD_PING_MS = 1000;
    // Above this speed the server tells playing from seeking only by pings that are close together.
    const FAST = 2;
    const FAST_PING_MS = 500;
    clearTimeout(this.#timer);
    const mayEnd = this.#isFinished;
    const sinceMs = nowMs();
    const next = () => {
      if (mayEnd && this.#isFinished) return this.end(false, sinceMs);
      this.#tell("ping");
      this.#schedule();
    };
    const pingMs = this.#host.media.playbackRate > FAST ? FAST_PING_MS : this.#depth ? AD_PING_MS : PING_MS;
    this.#timer = setTimeout(next, mayEnd ? PING_MS : pingMs);
  }

  adBreakStart(adBreak?: AdBreak): void {
    if (!this.#depth) this.#contentState = this.#playback.state;
    this.#depth = BREAK;
    this.#ads = 0;
    this.#held ??= this.#playhead.now();
    this.#tell("adBreakStart", named("media.ad.", { podIndex: this.#breaks++, podSecond: this.#held, ...adBreak }));
    this.#schedule();
  }

  adBreakComplete(): void {
    // A page lets its content play on some moments after an ad break.
    const RESUME_MS = 300;
    if (!this.#depth) return;
    this.#tell("adBreakComplete");
    this.#depth = 0;
    this.#held = undefined;
    // The server goes on with what the content did before; only differences are reported.
    this.#playback.state = this.#contentState;
    setTimeout(this.#playback.look, RESUME_MS);
    this.#schedule();
  }

  adStart(ad: Ad, metadata?: Metadata): void {
    // Outside of a break it counts for nothing: the server's verdict says so.
    if (this.#depth) {
      this.#depth = AD;
      this.#playback.state = "play";
      this.#shownAtMs ||= nowMs();
    }
    const playerName = this.#params["media.playerName"];
    const all = { playerName, length: 0, podPosition: ++this.#ads, ...ad };
    this.#tell("adStart", named("media.ad.", all), metadata);
  }

  adComplete(): void {
    this.#tell("adComplete");
    this.#depth &&= BREAK;
  }

  adSkip(): void {
    this.#tell("adSkip");
    this.#depth &&= BREAK;
  }

  chapterStart(chapter?: Chapter, metadata?: Metadata): void {
    const all = { index: ++this.#chapters, offset: this.#playhead.now(), length: 0, ...chapter };
    this.#tell("chapterStart", named("media.chapter.", all), metadata);
  }

  chapterComplete(): void {
    this.#tell("chapterComplete");
  }

  chapterSkip(): void {
    this.#tell("chapterSkip");
  }

  stateStart(name: string): void {
    this.#setStates({ [name]: true });
  }

  stateEnd(name: string): void {
    this.#setStates({ [name]: false });
  }

  error(id: string, source: ErrorSource = "player"): void {
    this.#tell("error", undefined, undefined, undefined, {
      "media.qoe.errorID": `${id}`,
      "media.qoe.errorSource": source,
    });
    // What fails before its length is known has none.
    void this.ready();
  }

  /**
   * @param leaves whether the page is going
   * @param atMs when it ended, if not now
   */
  end(leaves?: boolean, atMs?: number): void {
    this.#tell("sessionEnd", undefined, undefined, atMs);
    this.isOver = true;
    this.#abort.abort();
    delete this.#host.wishedAtMs;
    clearTimeout(this.#timer);
    // Without an answer to wait for, a session that was not opened yet goes as a whole.
    if (leaves) this.#outbox.flush();
    void this.ready();
  }
}
