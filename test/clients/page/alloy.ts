/** A player by the clock that tells Adobe's Web SDK what it does, in each of the ways in which it can be told. */

type Answer = Record<string, unknown>;
type Alloy = (command: string, options?: object) => Promise<Answer>;
type Collection = Readonly<Record<string, unknown>>;
type State = "idle" | "content" | "pause" | "buffer" | "ad";

/** How a page tells the SDK: by the component, with the SDK's pings or its own; by the older tracker; by plain events. */
type Way = "automatic" | "manual" | "bridge" | "sendEvent";

interface Teller {
  /** Opens the session. */
  readonly open: () => Promise<Answer>;
  readonly tell: (type: string, collection: Collection) => unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: the tracker and its helpers come untyped
type Untyped = any;
declare const alloy: Alloy;

const SECOND_MS = 1000;
const LENGTH_S = 60;
/** What changes a player's state; within a break `play` is the ad's. */
const STATE_BEHIND: Readonly<Record<string, State>> = {
  play: "content",
  pauseStart: "pause",
  bufferStart: "buffer",
  adBreakStart: "idle",
  adStart: "ad",
  adComplete: "idle",
  adSkip: "idle",
  sessionComplete: "idle",
  sessionEnd: "idle",
};

class Scene {
  /** Milliseconds in each state, by the clock that the SDK stamps events with. */
  readonly #ms: Record<State, number> = { idle: 0, content: 0, pause: 0, buffer: 0, ad: 0 };
  readonly #sent: unknown[] = [];
  #state: State = "idle";
  #sinceMs = Date.now();
  #teller: Teller | undefined;

  async open(way: Way, id: string): Promise<Answer> {
    const details = { name: id, friendlyName: `Title of ${id}`, length: LENGTH_S, contentType: "vod" };
    const sessionDetails = { ...details, streamType: "video" };
    this.#teller = await this.#tellerOf(way, id, sessionDetails);
    const opened = this.#teller.open();
    this.#sent.push(opened);
    return await opened;
  }

  /** Tells of an event and goes on: a player doesn't wait either. */
  tell(type: string, collection: Collection = {}): void {
    this.#pass(STATE_BEHIND[type] ?? this.#state);
    const sent = this.#teller?.tell(type, collection);
    this.#sent.push(sent);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Resolves once every event is answered, or refused. @returns what was refused */
  async settled(): Promise<string[]> {
    const all = await Promise.allSettled(this.#sent);
    return all.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []));
  }

  /** Seconds in each state so far. */
  truth(): Record<State, number> {
    this.#pass(this.#state);
    const seconds = Object.entries(this.#ms).map(([state, ms]) => [state, ms / SECOND_MS]);
    return Object.fromEntries(seconds) as Record<State, number>;
  }

  /** The position, whole seconds: the SDK's automatic way rounds, its tracker cuts off. */
  playhead(): number {
    this.#pass(this.#state);
    return Math.floor(this.#ms.content / SECOND_MS);
  }

  #pass(next: State): void {
    const nowMs = Date.now();
    this.#ms[this.#state] += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#state = next;
  }

  async #tellerOf(way: Way, id: string, sessionDetails: Collection): Promise<Teller> {
    switch (way) {
      case "automatic":
        return {
          open: () =>
            alloy("createMediaSession", {
              playerId: id,
              getPlayerDetails: () => ({ playhead: this.playhead() }),
              xdm: { mediaCollection: { sessionDetails } },
            }),
          tell: (type, mediaCollection) =>
            alloy("sendMediaEvent", { playerId: id, xdm: { eventType: `media.${type}`, mediaCollection } }),
        };
      case "manual":
        return this.#byHand(sessionDetails, (xdm) => alloy("sendMediaEvent", { xdm }));
      case "sendEvent":
        return this.#byHand(sessionDetails, (xdm, documentUnloading) => alloy("sendEvent", { xdm, documentUnloading }));
      case "bridge":
        return this.#byTracker(await alloy("getMediaAnalyticsTracker", {}), id);
    }
  }

  #byHand(sessionDetails: Collection, send: (xdm: object, unloading: boolean) => Promise<Answer>): Teller {
    let sessionID: unknown;
    return {
      open: async () => {
        const mediaCollection = { playhead: 0, sessionDetails };
        const opened = await alloy("createMediaSession", { xdm: { mediaCollection } });
        sessionID = opened["sessionId"];
        return opened;
      },
      tell: (type, { unloading = false, ...collection }) =>
        send(
          {
            eventType: `media.${type}`,
            mediaCollection: { playhead: this.playhead(), sessionID, ...collection },
          },
          unloading === true,
        ),
    };
  }

  /** The tracker of the vendor's earlier SDK, which has helpers for what an event carries. */
  #byTracker(Media: Untyped, id: string): Teller {
    const tracker = Media.getInstance();
    const at = (member: string, collection: Collection) => collection[member] as Untyped;
    const told: Readonly<Record<string, (collection: Collection) => unknown>> = {
      play: () => tracker.trackPlay(),
      pauseStart: () => tracker.trackPause(),
      sessionComplete: () => tracker.trackComplete(),
      sessionEnd: () => tracker.trackSessionEnd(),
      error: (collection) => tracker.trackError(at("errorDetails", collection).name),
      bufferStart: () => tracker.trackEvent(Media.Event.BufferStart),
      bitrateChange: (collection) => {
        const { bitrate, timeToStart, framesPerSecond, droppedFrames } = at("qoeDataDetails", collection);
        tracker.updateQoEObject(Media.createQoEObject(bitrate, timeToStart, framesPerSecond, droppedFrames));
        return tracker.trackEvent(Media.Event.BitrateChange);
      },
      chapterStart: (collection) => {
        const { friendlyName, index, length, offset } = at("chapterDetails", collection);
        const chapter = Media.createChapterObject(friendlyName, index, length, offset);
        return tracker.trackEvent(Media.Event.ChapterStart, chapter);
      },
      chapterComplete: () => tracker.trackEvent(Media.Event.ChapterComplete),
      adBreakStart: (collection) => {
        const { friendlyName, index, offset } = at("advertisingPodDetails", collection);
        return tracker.trackEvent(Media.Event.AdBreakStart, Media.createAdBreakObject(friendlyName, index, offset));
      },
      adStart: (collection) => {
        const { friendlyName, name, podPosition, length } = at("advertisingDetails", collection);
        return tracker.trackEvent(Media.Event.AdStart, Media.createAdObject(friendlyName, name, podPosition, length));
      },
      adComplete: () => tracker.trackEvent(Media.Event.AdComplete),
      adSkip: () => tracker.trackEvent(Media.Event.AdSkip),
      adBreakComplete: () => tracker.trackEvent(Media.Event.AdBreakComplete),
      statesUpdate: ({ statesStart, statesEnd }) => {
        const [state] = (statesStart ?? statesEnd) as [{ readonly name: string }];
        const event = statesStart ? Media.Event.StateStart : Media.Event.StateEnd;
        return tracker.trackEvent(event, Media.createStateObject(state.name));
      },
    };
    const media = Media.createMediaObject(`Title of ${id}`, id, LENGTH_S, "vod", Media.MediaType.Video);
    return {
      open: () => tracker.trackSessionStart(media, { page: "a" }),
      tell: (type, collection) => {
        tracker.updatePlayhead(this.playhead());
        return told[type]?.(collection);
      },
    };
  }
}

Object.assign(window, { scene: new Scene() });
