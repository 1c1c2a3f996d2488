/** One event of each type as a player would send it: a film of an hour and a half with a mid-roll. */

import { SECOND_MS } from "../../base/units.ts";
import type { EventType, Parameters, QoeData } from "../event.ts";

/** An event as a player writes it. */
interface ExampleEvent {
  readonly playerTime: { readonly playhead: number; readonly ts: number };
  readonly eventType: EventType;
  readonly params?: Parameters;
  readonly qoeData?: QoeData;
  readonly customMetadata?: Readonly<Record<string, string>>;
}

const START_TS_MS = 1_700_000_000_000;

/** An example of every event type; each is valid in every mode. */
export const EVENT_EXAMPLES: Readonly<Record<EventType, ExampleEvent>> = {
  sessionStart: at([0, 0], "sessionStart", {
    params: {
      "analytics.trackingServer": "metrics.example.com",
      "analytics.reportSuite": "examplersid",
      "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
      "media.id": "my-film",
      "media.name": "My film",
      "media.length": 5400,
      "media.contentType": "VOD",
      "media.playerName": "HTML5",
      "media.channel": "web",
    },
    customMetadata: { genre: "documentary" },
  }),
  play: at([1, 0], "play", { qoeData: { "media.qoe.bitrate": 2_500_000, "media.qoe.timeToStart": 850 } }),
  ping: at([11, 10], "ping"),
  bufferStart: at([15, 14], "bufferStart"),
  bitrateChange: at([18, 14], "bitrateChange", {
    qoeData: { "media.qoe.bitrate": 1_200_000, "media.qoe.droppedFrames": 4, "media.qoe.framesPerSecond": 25 },
  }),
  pauseStart: at([60, 56], "pauseStart"),
  chapterStart: at([90, 60], "chapterStart", {
    params: {
      "media.chapter.index": 1,
      "media.chapter.offset": 60,
      "media.chapter.length": 840,
      "media.chapter.friendlyName": "The river",
    },
    customMetadata: { place: "Danube" },
  }),
  stateStart: at([100, 70], "stateStart", { params: { "media.state.name": "fullscreen" } }),
  stateEnd: at([200, 170], "stateEnd", { params: { "media.state.name": "fullscreen" } }),
  statesUpdate: at([210, 180], "statesUpdate", {
    params: { statesEnd: [{ "media.state.name": "mute" }], statesStart: [{ "media.state.name": "closedCaptioning" }] },
  }),
  chapterSkip: at([300, 270], "chapterSkip"),
  adBreakStart: at([631, 600], "adBreakStart", {
    params: { "media.ad.podIndex": 1, "media.ad.podSecond": 600, "media.ad.podFriendlyName": "mid-roll" },
  }),
  adStart: at([631, 600], "adStart", {
    params: {
      "media.ad.id": "ad-42",
      "media.ad.name": "Spring sale",
      "media.ad.length": 15,
      "media.ad.podPosition": 1,
      "media.ad.playerName": "HTML5",
      "media.ad.advertiser": "Example Ltd",
    },
    customMetadata: { placement: "mid" },
  }),
  adSkip: at([636, 600], "adSkip"),
  adComplete: at([646, 600], "adComplete"),
  adBreakComplete: at([646, 600], "adBreakComplete"),
  error: at([700, 654], "error", { qoeData: { "media.qoe.errorID": "2004", "media.qoe.errorSource": "player" } }),
  chapterComplete: at([930, 900], "chapterComplete"),
  sessionComplete: at([5446, 5400], "sessionComplete"),
  sessionEnd: at([5447, 5400], "sessionEnd"),
};

/** Downloaded content as it is sent later: played offline, whole, in one array. */
export const DOWNLOADED_EXAMPLE: readonly ExampleEvent[] = [
  {
    ...EVENT_EXAMPLES.sessionStart,
    params: { ...EVENT_EXAMPLES.sessionStart.params, "media.downloaded": true },
  },
  EVENT_EXAMPLES.play,
  EVENT_EXAMPLES.ping,
  EVENT_EXAMPLES.sessionEnd,
];

type Members = Pick<ExampleEvent, "params" | "qoeData" | "customMetadata">;

/** Seconds after the start by the clock and in the content: an ad moves only the first. */
type Moment = readonly [clockSeconds: number, contentSeconds: number];

function at([clockSeconds, playhead]: Moment, eventType: EventType, members: Members = {}): ExampleEvent {
  return { playerTime: { playhead, ts: START_TS_MS + clockSeconds * SECOND_MS }, eventType, ...members };
}
