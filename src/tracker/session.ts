/**
 * One session of one element: its events, from what the element does and from what the page says.
 *
 * It listens from its beginning to its end, and is not used again.
 */

import type { Adapter } from "./adapter.ts";
import type { Ad, AdBreak, Chapter, Content, Metadata, TrackSettings } from "./api.ts";
import { nowMs } from "./clock.ts";
import { guarded, listener } from "./guard.ts";
import { createOutbox, type Outbox, type OutboxOptions } from "./outbox.ts";
import { type Playback, type PlaybackWatch, watchPlayback } from "./playback.ts";
import { type Playhead, watchPlayhead } from "./playhead.ts";
import { createQuality, type QoeData, type Quality } from "./quality.ts";
import { watchStates } from "./states.ts";
import { named, type Params, startParams } from "./wire.ts";

const PING_MS = 10_000;
const AD_PING_MS = 1000;
/** After the end of the content there is time for a post-roll. */
const END_MS = 10_000;
/** A page lets its content play on some moments after an ad break. */
const RESUME_MS = 300;

/** No content is that long: an endless stream's duration is infinite, or some huge number. */
const ENDLESS_S = 1e9;

/** How deep in ads: in the content, in a break, in an ad of it, in one that plays in the element itself. */
const CONTENT = 0;
const BREAK = 1;
const AD = 2;
const AD_HERE = 3;

export interface SessionOptions extends OutboxOptions {
  readonly media: HTMLMediaElement;
  readonly content: Content;
  readonly settings: TrackSettings;
  /** What a player was handed over, once its part is loaded. */
  readonly adapter: () => Adapter | undefined;
  /** Resolves when it is, or never will be. */
  readonly adapting: Promise<unknown> | undefined;
  /** Asks the viewer. */
  readonly consents: () => Promise<boolean>;
  /** When the viewer wanted to play, where that is known already. */
  readonly wishedAtMs: number | undefined;
  /** Whether it goes on with another one. */
  readonly resumes: boolean;
}

interface Details {
  readonly metadata?: Metadata | undefined;
  readonly qoe?: QoeData;
  /** When it happened, if not now. */
  readonly atMs?: number;
  readonly playhead?: number;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #params: Params = {};
  readonly #outbox: Outbox;
  readonly #quality: Quality;
  readonly #playhead: Playhead;
  readonly #playback: PlaybackWatch;
  readonly #abort = new AbortController();
  /** Player states that are active. */
  readonly #states = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastTs = 0;
  #source = "";
  #isReady = false;
  #isSeeking = false;
  #depth = CONTENT;
  /** What the content did when the break began. */
  #contentState: Playback = "";
  /** Where the content is while an ad plays. */
  #held: number | undefined;
  #bitrate: QoeData[string];
  #breaks = 0;
  #ads = 0;
  #chapters = 0;

  constructor(options: SessionOptions) {
    const { media, content, settings, adapter, consents, wishedAtMs, resumes } = options;
    const listen = listener(this.#abort.signal);
    this.#options = options;
    this.#outbox = createOutbox(options);
    this.#quality = createQuality(
      media,
      guarded(() => (settings.bitrate ?? adapter()?.bitrate)?.()),
      wishedAtMs,
    );
    this.#playhead = watchPlayhead(media, listen, () => this.#isLive);
    this.#look();
    if (resumes) this.#params["media.resume"] = true;
    this.#tell("sessionStart", this.#params, content);
    listen(media, "seeking", () => {
      // Where it left, so that the server can tell what was watched from what was passed over.
      if (this.#plays && !this.#isSeeking) this.#tell("ping", undefined, { playhead: this.#playhead.left() });
      this.#isSeeking = true;
    });
    listen(media, "seeked", () => {
      this.#isSeeking = false;
      if (this.#plays) this.#tell("ping");
    });
    listen(media, "timeupdate", () => {
      if (this.#depth === AD && !media.paused) this.#depth = AD_HERE;
      this.#lookAtBitrate();
    });
    listen(media, "loadedmetadata", () => void this.ready());
    // Behind the others, which find the state as it was.
    this.#playback = watchPlayback(media, listen, (state, sinceMs) => this.#change(state, sinceMs));
    watchStates(media, listen, (name, active) => this.#setState(name, active))();
    this.#schedule();
    consents().then(this.#outbox.allow, () => this.#outbox.allow(false));
    if (this.#params["media.length"] || media.readyState) void this.ready();
    this.#playback.look();
  }

  get isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Whether the content was played to its end, and no ad is under way. */
  get isComplete(): boolean {
    return this.#inContent && this.#playback.state === "sessionComplete";
  }

  /** The viewer wants to play. */
  wish(): void {
    this.#quality.wish();
  }

  /** A new source is a new session; the same one, attached again after an error, is not. */
  meetSource(): void {
    if (!this.#inContent) return;
    const before = this.#source;
    this.#look();
    if (before && this.#source !== before) this.end();
  }

  /** The length is known, or it will not be. */
  async ready(): Promise<void> {
    if (this.#isReady) return;
    this.#isReady = true;
    await this.#options.adapting;
    this.#look();
    this.#outbox.ready();
  }

  get #isLive(): boolean {
    const { adapter, media } = this.#options;
    return adapter()?.isLive() ?? media.duration > ENDLESS_S;
  }

  /** What is known of the content by now: before the start is sent there may be more than when it began. */
  #look(): void {
    const { adapter, content, media } = this.#options;
    this.#source = adapter()?.source() ?? media.currentSrc;
    const playerName = adapter()?.name ?? "html5";
    Object.assign(this.#params, startParams({ playerName, ...content }, media, this.#isLive));
  }

  #lookAtBitrate(): void {
    const bitrate = this.#quality.read()["media.qoe.bitrate"];
    if (!bitrate || bitrate === this.#bitrate) return;
    if (this.#bitrate) this.#tell("bitrateChange");
    this.#bitrate = bitrate;
  }

  #tell(eventType: string, params?: Params, { metadata, qoe, atMs, playhead }: Details = {}): void {
    if (this.isOver) return;
    // The API wants each later than the one before; browsers blur their clocks.
    this.#lastTs = Math.max(atMs ?? nowMs(), this.#lastTs + 1);
    this.#outbox.push({
      eventType,
      playerTime: { playhead: playhead ?? this.#held ?? this.#playhead.now(), ts: this.#lastTs },
      params,
      customMetadata: metadata,
      qoeData: { ...this.#quality.read(), ...qoe },
    });
  }

  get #inContent(): boolean {
    return this.#depth === CONTENT;
  }

  /** Whether the content plays, or has waited for no more than a moment. */
  get #plays(): boolean {
    return this.#inContent && this.#playback.state === "play";
  }

  #change(state: Playback, atMs: number): void {
    const isEnd = state === "sessionComplete";
    // What the element does while an ad plays elsewhere is the page's doing.
    if (!this.#inContent && (isEnd || this.#depth !== AD_HERE)) return;
    if (state === "play") this.#quality.show();
    this.#tell(state, undefined, { atMs });
    if (isEnd) this.#schedule();
  }

  #setState(name: string, active: boolean): void {
    if (this.#states.has(name) === active) return;
    this.#states[active ? "add" : "delete"](name);
    this.#tell(active ? "stateStart" : "stateEnd", { "media.state.name": name });
  }

  /** What comes next if nothing else does: a ping, or after the content the end. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const ends = this.isComplete;
    const next = () => {
      if (ends) return this.end();
      this.#tell("ping");
      this.#schedule();
    };
    this.#timer = setTimeout(next, ends ? END_MS : this.#inContent ? PING_MS : AD_PING_MS);
  }

  adBreakStart(adBreak?: AdBreak): void {
    if (this.#inContent) this.#contentState = this.#playback.state;
    this.#depth = BREAK;
    this.#ads = 0;
    this.#held ??= this.#playhead.now();
    this.#tell("adBreakStart", named("ad.", { podIndex: this.#breaks++, podSecond: this.#held, ...adBreak }));
    this.#schedule();
  }

  adBreakComplete(): void {
    if (this.#inContent) return;
    this.#tell("adBreakComplete");
    this.#depth = CONTENT;
    this.#held = undefined;
    // The server goes on with what the content did before; only what differs from it is told.
    this.#playback.state = this.#contentState;
    setTimeout(this.#playback.look, RESUME_MS);
    this.#schedule();
  }

  adStart(ad: Ad, metadata?: Metadata): void {
    // Outside of a break it counts for nothing: the server's verdict says so.
    if (!this.#inContent) {
      this.#depth = AD;
      this.#playback.state = "play";
      this.#quality.show();
    }
    const playerName = this.#params["media.playerName"] as string;
    this.#tell("adStart", named("ad.", { playerName, length: 0, podPosition: ++this.#ads, ...ad }), { metadata });
  }

  adComplete(): void {
    this.#endAd("adComplete");
  }

  adSkip(): void {
    this.#endAd("adSkip");
  }

  #endAd(eventType: string): void {
    this.#tell(eventType);
    if (!this.#inContent) this.#depth = BREAK;
  }

  chapterStart(chapter?: Chapter, metadata?: Metadata): void {
    const defaults = { index: ++this.#chapters, offset: this.#playhead.now(), length: 0 };
    this.#tell("chapterStart", named("chapter.", { ...defaults, ...chapter }), { metadata });
  }

  chapterComplete(): void {
    this.#tell("chapterComplete");
  }

  chapterSkip(): void {
    this.#tell("chapterSkip");
  }

  stateStart(name: string): void {
    this.#setState(name, true);
  }

  stateEnd(name: string): void {
    this.#setState(name, false);
  }

  error(id: string, source: "player" | "external" = "player"): void {
    this.#tell("error", undefined, { qoe: { "media.qoe.errorID": id, "media.qoe.errorSource": source } });
    // What fails before its length is known has none.
    void this.ready();
  }

  /** @param leaves whether the page is going */
  end(leaves = false): void {
    this.#tell("sessionEnd");
    this.#abort.abort();
    clearTimeout(this.#timer);
    // Without an answer to wait for, a session that was not opened yet goes as a whole.
    if (leaves) this.#outbox.flush();
    void this.ready();
  }
}
