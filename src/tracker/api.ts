/**
 * What a page says to the tracker, as types alone: this very file is served as `/tracker.d.ts`.
 *
 * So it imports nothing and contains no code.
 */

/** Texts of your own; numbers and booleans become texts. Keys are letters, digits, dots and underscores. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;

/** What is played, by the names of the API without their `media.` in front. */
export interface Content {
  /** Tells the content from every other. */
  readonly id: string;
  readonly name?: string;
  /** Where it is shown: an app or a site. The page's host by default. */
  readonly channel?: string;
  /** Seconds. The media's own duration by default; 0 means unknown, as of a live stream. */
  readonly length?: number;
  /** `VOD`, `Live`, `Linear`, `AOD`, ... By default what the element and its duration say. */
  readonly contentType?: string;
  readonly streamType?: "video" | "audio";
  /** By default what was handed over as `player`, else `html5`. */
  readonly playerName?: string;
  /** Whether the viewer goes on with what an earlier session began. */
  readonly resume?: boolean;
  readonly show?: string;
  readonly season?: string;
  readonly episode?: string;
  readonly assetId?: string;
  readonly genre?: string;
  readonly firstAirDate?: string;
  readonly firstDigitalDate?: string;
  readonly rating?: string;
  readonly originator?: string;
  readonly network?: string;
  readonly showType?: string;
  readonly adLoad?: string;
  readonly dayPart?: string;
  readonly feed?: string;
  readonly streamFormat?: string;
  readonly artist?: string;
  readonly album?: string;
  readonly label?: string;
  readonly author?: string;
  readonly station?: string;
  readonly publisher?: string;
  readonly sdkVersion?: string;
  /** The tenant key of reports; `playhead` by default. */
  readonly reportSuite?: string;
  /** The page's host by default. */
  readonly trackingServer?: string;
  /** The viewer's opt-outs; the first is true by default where the browser says so (Global Privacy Control). */
  readonly optOutShare?: boolean;
  readonly optOutServerSideForwarding?: boolean;
  /** Parameters of the session by their full names: `{ "analytics.visitorId": "v1" }`. */
  readonly params?: Readonly<Record<string, string | number | boolean | object>>;
  readonly metadata?: Metadata;
}

export interface TrackSettings {
  /** Where the collection server is: `https://HOST/prefix`. The address that the script came from by default. */
  readonly server?: string;
  /** An hls.js or Shaka player that feeds the element: it tells bitrates and its own errors. */
  readonly player?: object;
  /** The bitrate that plays now, in bits per second, where `player` is neither of the two. */
  readonly bitrate?: () => number | undefined;
  /** Asked at each session's start: only `true` lets it be sent or stored; anything else forgets the session. */
  readonly consent?: boolean | (() => boolean | PromiseLike<boolean>);
  /** Whether what can't be sent may wait in the browser's storage, and be sent by a later page. Needs HTTPS. */
  readonly persist?: boolean;
  /** Called with each answered event; 0 stands for no answer. A refusal says what is wrong. */
  readonly observe?: (event: TrackedEvent, status: number, sid: string, errors?: readonly Refusal[]) => void;
}

/** What the server finds wrong with an event. */
export interface Refusal {
  /** Where in the event: a JSON Pointer, such as `/params/media.length`. */
  readonly pointer?: string;
  readonly code?: string;
  readonly message: string;
}

export interface TrackedEvent {
  readonly eventType: string;
  readonly playerTime: { readonly playhead: number; readonly ts: number };
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly qoeData?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly customMetadata?: Metadata | undefined;
}

/** By the names of the API without their `media.ad.` in front. */
export interface AdBreak {
  readonly podFriendlyName?: string;
  /** Which break it is: counted from 0 by default. */
  readonly podIndex?: number;
  /** The second of the content at which it is; the playhead by default. */
  readonly podSecond?: number;
}

/** By the names of the API without their `media.ad.` in front. */
export interface Ad {
  readonly id: string;
  readonly name?: string;
  /** Seconds. */
  readonly length?: number;
  /** Its place in the break: counted from 1 by default. */
  readonly podPosition?: number;
  /** The content's by default. */
  readonly playerName?: string;
  readonly advertiser?: string;
  readonly campaignId?: string;
  readonly creativeId?: string;
  readonly creativeURL?: string;
  readonly placementId?: string;
  readonly siteId?: string;
}

/** By the names of the API without their `media.chapter.` in front. */
export interface Chapter {
  readonly friendlyName?: string;
  /** Which chapter it is: counted from 1 by default. */
  readonly index?: number;
  /** The second of the content at which it begins; the playhead by default. */
  readonly offset?: number;
  /** Seconds. */
  readonly length?: number;
}

/** Google IMA's `AdsManager`, as far as it is used. */
export interface AdsManager {
  // biome-ignore lint/suspicious/noExplicitAny: IMA's own types are not here
  addEventListener(type: string, listener: (event: any) => void): void;
}

/** One element that is tracked. None of its methods ever throws. */
export interface Tracker {
  /** Opens the session now, rather than when the viewer wants to play. */
  start(): void;
  adBreakStart(adBreak?: AdBreak): void;
  adBreakComplete(): void;
  adStart(ad: Ad, metadata?: Metadata): void;
  adComplete(): void;
  adSkip(): void;
  chapterStart(chapter?: Chapter, metadata?: Metadata): void;
  chapterComplete(): void;
  chapterSkip(): void;
  /** A player state of your own; those that the element shows are reported automatically. */
  stateStart(name: string): void;
  stateEnd(name: string): void;
  error(id: string, source?: "player" | "external"): void;
  /** Ends the session. The next `play` begins another. */
  end(): void;
  /** Ends the session and leaves the element alone from now on. */
  destroy(): void;
  /** Reports the ads of Google IMA. Call it before the manager's `start()`. */
  ima(adsManager: AdsManager): Promise<void>;
  /** Reports the chapters of a text track; by default the element's first one of the kind `chapters`. */
  textChapters(track?: TextTrack): Promise<void>;
}

/**
 * Reports what an element plays. An element has one tracker: a second call returns it.
 *
 * @param media may be a custom element that isn't defined yet
 * @param content what is played; a function is asked again at each session, as where one element plays a list
 */
export declare function track(
  media: HTMLMediaElement,
  content: Content | ((media: HTMLMediaElement) => Content),
  settings?: TrackSettings,
): Tracker;

declare global {
  interface Window {
    /** There where the page loads `tracker.js`, or has the lines that stand in for it. */
    Playhead?: { readonly track: typeof track };
  }
}
