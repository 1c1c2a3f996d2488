/** Seeks, buffers and what they come from, failures, starts, and reports of quality: sessions and their numbers. */

import { describe, expect, test } from "bun:test";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import { eventAfter, eventsOf } from "./table.ts";
import { metricsOf, tell } from "./told.ts";

describe("seeks", () => {
  const NONE = { seeks: 0, seekForwardTime: 0, seekBackTime: 0, seekImpactedStreams: 0 };

  tell([
    ["none while the playhead goes with time", "0 play, 10 ping, 20 pauseStart, 30 play @20, 40 ping @30", NONE],
    [
      "one forward while content plays",
      "0 play, 10 ping, 20 ping @200, 30 ping @210",
      { seeks: 1, seekForwardTime: 190, seekBackTime: 0, seekImpactedStreams: 1 },
    ],
    [
      "one back while content plays",
      "0 play, 60 ping, 70 ping @20",
      { seeks: 1, seekForwardTime: 0, seekBackTime: 40 },
    ],
    ["a step back of a second is rounding", "0 play, 10 ping, 11 ping @9, 21 ping @19", NONE],
    ["a second and a millisecond back is one", "0 play, 10 ping, 10.5 ping @8.999", { seeks: 1, seekBackTime: 1.001 }],
    ["over a pause", "0 play, 10 pauseStart, 20 play @100", { seeks: 1, seekForwardTime: 90 }],
    ["a second over a pause is none", "0 play, 10 pauseStart, 20 play @11", NONE],
    ["over a buffer, back", "0 play, 60 bufferStart, 62 play @10", { seeks: 1, seekBackTime: 50 }],
    [
      "over a pause with a buffer in it, once",
      "0 play, 10 pauseStart, 15 bufferStart @100, 20 play @100, 30 ping @110",
      { seeks: 1, seekForwardTime: 90 },
    ],
    [
      "over a break",
      "0 play, 10 adBreakStart, 10 adStart @10, 20 adComplete @10, 20 adBreakComplete @300, 30 ping @310",
      { seeks: 1, seekForwardTime: 290 },
    ],
    [
      "none where the playhead runs on in a break, as that of a stream with its ads in it",
      "0 play, 10 adBreakStart, 10 adStart, 40 adComplete, 40 adBreakComplete, 50 ping",
      NONE,
    ],
    ["none to the place where content starts", "0 bufferStart, 2 play @300, 12 ping @310", NONE],
    ["none where content begins again behind its end", "0 play, 10 sessionComplete, 20 play @0, 30 ping @10", NONE],
    ["none where a pause lies behind the end", "0 play, 10 pauseStart, 11 sessionComplete @10, 20 play @0", NONE],
    ["none in a session that stays paused", "0 play, 10 pauseStart, 20 ping @100", NONE],
    ["none in a loop", "0 sessionStart =10, 0 play, 10 ping @0, 20 ping @0, 30 sessionEnd @0", NONE],
    [
      "the one interval at double speed is none",
      "0 play, 10 ping @20, 20 ping @30, 30 ping @40",
      { ...NONE, watchedLength: 40 },
    ],
    [
      "of a playhead that is an old one for a moment, once",
      "0 play, 10 bufferStart, 12 play @10, 22 ping @110, 32 ping @120",
      { seeks: 1, seekForwardTime: 100 },
    ],
    [
      "of two buttons of ten seconds, two",
      "0 play, 10 ping @20, 20 ping @30, 30 ping @40, 40 ping @60, 50 ping @70",
      { seeks: 2, seekForwardTime: 40 },
    ],
  ]);

  const LIVE = "0 sessionStart @86390 =86400, 0 play @86390";

  tell([
    ["at midnight in live content there is none", `${LIVE}, 20 ping @10, 30 ping @20`, NONE],
    ["over a pause at midnight neither", `${LIVE}, 5 pauseStart @86395, 25 play @15, 35 ping @25`, NONE],
    [
      "a viewer who goes back in a live stream seeks",
      `${LIVE}, 5 ping @86395, 15 ping @86345`,
      { seeks: 1, seekBackTime: 50 },
    ],
    [
      "over a pause in live content, where the playhead lies behind",
      `${LIVE}, 5 pauseStart @86395, 25 play @86300`,
      { seeks: 1, seekBackTime: 95 },
    ],
  ]);
});

describe("buffers", () => {
  tell([
    [
      "before the content start are initial",
      "0 bufferStart, 3 play @0, 10 ping @7",
      { rebufferEvents: 0, seekBuffers: 0, longestBuffer: 0, initialBufferDuration: 3, rebufferFrequency: 0 },
    ],
    [
      "of a session that never starts, too",
      "0 bufferStart, 8 sessionEnd @0",
      { rebufferEvents: 0, initialBufferDuration: 8, rebufferFrequency: null },
    ],
    [
      "of playback that ran dry",
      "0 play, 20 bufferStart, 21 play @20, 30 bufferStart @29, 34 play @29, 64 ping @59",
      { rebufferEvents: 2, seekBuffers: 0, longestBuffer: 4, rebufferFrequency: 120 / 59, initialBufferDuration: 0 },
    ],
    [
      "behind a seek",
      "0 play, 10 ping, 12 ping @200, 14 bufferStart @202, 15 play @202, 25 ping @212",
      { rebufferEvents: 0, seekBuffers: 1, longestBuffer: 0 },
    ],
    [
      "two seconds and a millisecond behind a seek",
      "0 play, 10 ping, 12 ping @200, 14.001 bufferStart @202, 15 play @202, 25 ping @212",
      { rebufferEvents: 1, seekBuffers: 0, longestBuffer: 0.999 },
    ],
    [
      "at whose end content is elsewhere",
      "0 play, 10 bufferStart, 25 play @300, 35 ping @310",
      { rebufferEvents: 0, seekBuffers: 1 },
    ],
    [
      "at whose end the playhead still is the old one",
      "0 play, 10 bufferStart, 15 play @10, 20 ping @300, 30 ping @310",
      { rebufferEvents: 0, seekBuffers: 1 },
    ],
    [
      "before a seek that comes once the playhead has moved",
      "0 play, 10 bufferStart, 11 play @10, 20 ping @19, 21 ping @300",
      { rebufferEvents: 1, seekBuffers: 0, longestBuffer: 1 },
    ],
    [
      "that the end leaves open",
      "0 play, 10 bufferStart, 20 ping @10, 25 sessionEnd @10",
      { rebufferEvents: 1, longestBuffer: 15 },
    ],
    [
      "with a break in between are one",
      "0 play, 10 bufferStart, 12 adBreakStart @10, 12 adStart @10, 20 adComplete @10, 20 adBreakComplete @10, 23 play @10",
      { rebufferEvents: 1, longestBuffer: 5, bufferEvents: 1 },
    ],
    [
      "in an ad behind the start",
      "0 play, 10 adBreakStart, 10 adStart, 14 bufferStart @10, 17 play @10, 20 adComplete @10, 20 adBreakComplete @10, 30 ping @20",
      { rebufferEvents: 1, longestBuffer: 3 },
    ],
    [
      "behind the one interval at double speed, which is no seek",
      "0 play, 10 ping @20, 11 bufferStart @21, 14 play @21, 24 ping @31",
      { seeks: 0, rebufferEvents: 1, seekBuffers: 0, longestBuffer: 3 },
    ],
    [
      "behind the first of two that are seeks",
      "0 play, 10 ping @20, 11 bufferStart @21, 14 play @21, 24 ping @31, 34 ping @51, 44 ping @61",
      { seeks: 2, rebufferEvents: 0, seekBuffers: 1, longestBuffer: 0 },
    ],
  ]);
});

describe("starts, exits and failures", () => {
  tell([
    ["starts at once", "0 play, 10 ping", { computedTimeToStart: 0, timeToFirstAd: null }],
    ["waits for its start", "1 ping, 3 bufferStart, 4 play @0", { computedTimeToStart: 4 }],
    ["never starts", "1 ping, 3 sessionEnd", { computedTimeToStart: null, timeToFirstAd: null }],
    [
      "leaves a pre-roll out of the time to start",
      "1 adBreakStart @0, 2 adStart @0, 12 adComplete @0, 13 adBreakComplete @0, 15 play @0, 20 ping @5",
      { computedTimeToStart: 3, timeToFirstAd: 2 },
    ],
    [
      "comes to its first ad late",
      "0 play, 30 adBreakStart, 31 adStart @30, 40 adComplete @30, 40 adBreakComplete @30, 50 ping @40",
      { computedTimeToStart: 0, timeToFirstAd: 31 },
    ],
    ["an ad outside a break is no first ad", "0 play, 5 adStart, 10 ping", { timeToFirstAd: null }],
    [
      "is left before the start",
      "3 sessionEnd",
      { exitsWithoutError: 1, exitsDuringPreRoll: 0, playbackFailures: 0, playbackSuccessScore: null },
    ],
    [
      "is left in a pre-roll",
      "1 adBreakStart, 2 adStart, 5 sessionEnd",
      { exitsWithoutError: 1, exitsDuringPreRoll: 1, adAbandons: 1, playbackSuccessScore: null },
    ],
    [
      "fails to start",
      "2 error, 3 sessionEnd",
      { exitsWithoutError: 0, exitsDuringPreRoll: 0, playbackFailures: 1, playbackSuccessScore: 0 },
    ],
    ["starts and goes well", "0 play, 10 sessionEnd", { midstreamFailures: 0, playbackSuccessScore: 1 }],
    ["fails midstream", "0 play, 10 error, 10.2 sessionEnd", { midstreamFailures: 1, playbackSuccessScore: 0.5 }],
    [
      "fails where the playhead stands from then on",
      "0 play, 10 error, 20 ping @10, 40 sessionEnd @10",
      { midstreamFailures: 1 },
    ],
    ["fails in a buffer", "0 play, 10 bufferStart, 20 error @10, 30 sessionEnd @10", { midstreamFailures: 1 }],
    ["recovers from an error", "0 play, 10 error, 20 ping, 30 sessionEnd", { midstreamFailures: 0 }],
    [
      "recovers from the first of two errors",
      "0 play, 10 error, 20 ping, 30 error, 30.1 sessionEnd",
      { midstreamFailures: 1 },
    ],
    [
      "goes on with an ad behind an error",
      "0 play, 10 error, 10 adBreakStart, 10 adStart, 15 sessionEnd @10",
      { midstreamFailures: 0 },
    ],
    [
      "has an error before it starts",
      "1 error, 2 play @0, 2.5 sessionEnd @0",
      { midstreamFailures: 0, playbackSuccessScore: 1 },
    ],
    [
      "has an error behind its end",
      "0 play, 10 sessionComplete, 11 error @10, 12 sessionEnd @10",
      { midstreamFailures: 0 },
    ],
    [
      "in live content plays on where the playhead stands",
      "0 sessionStart, 0 play @0, 10 error @0, 20 ping @0, 30 sessionEnd @0",
      { midstreamFailures: 0 },
    ],
  ]);

  test("has left, and has failed, only once it is closed", () => {
    const open = (session: string) => metricsOf(session, { closed: false });
    expect(open("3 ping")).toMatchObject({ exitsWithoutError: 0 });
    expect(open("1 adBreakStart, 2 adStart, 5 ping")).toMatchObject({ exitsDuringPreRoll: 0, adAbandons: 0 });
    expect(open("0 play, 10 error, 10.1 ping")).toMatchObject({ midstreamFailures: 0, playbackSuccessScore: 1 });
    expect(open("2 error, 3 ping")).toMatchObject({ playbackSuccessScore: null });
  });

  test("is a new stream unless it resumes", () => {
    expect(metricsOf("0 play")).toMatchObject({ newStreams: 1 });
    expect(metricsOf("0 play", { params: { "media.resume": true } })).toMatchObject({ newStreams: 0 });
  });
});

describe("what was watched", () => {
  tell([
    ["of half an hour's third", "0 sessionStart =1800, 0 play, 600 pauseStart", { averagePercentWatched: 1 / 3 }],
    [
      "twice counts once",
      "0 play, 60 pauseStart, 61 play @0, 121 ping @60",
      { averagePercentWatched: 0.1, watchedLength: 120 },
    ],
    ["nothing", "0 play, 1 ping @0", { averagePercentWatched: 0, watchedLength: 0, averagePlaybackSpeed: null }],
    ["before a start is none", "10 ping", { averagePercentWatched: null, contentLength: null }],
    [
      "of unknown length is none",
      "0 sessionStart, 0 play, 10 ping",
      { averagePercentWatched: null, contentLength: null },
    ],
    ["at the speed of time", "0 play, 10 ping", { averagePlaybackSpeed: 1, watchingTime: 10 }],
    [
      "at one and a half times the speed",
      "0 play, 10 ping @15, 20 ping @30, 30 ping @45",
      { averagePlaybackSpeed: 1.5, watchedLength: 45, watchingTime: 30, contentLength: 600 },
    ],
    [
      "without the time in which the playhead jumped",
      "0 play, 10 ping, 20 ping @300, 30 ping @310",
      { averagePlaybackSpeed: 1, watchedLength: 20, watchingTime: 20 },
    ],
    ["behind a stale playhead as long as it is", "0 play, 10 pauseStart, 11 play, 31 ping @5", { watchingTime: 15 }],
  ]);
});

describe("reports of quality", () => {
  /** Each report at its second. */
  const reporting = (...reports: (readonly [second: number, qoe: Readonly<Record<string, number>>])[]) => {
    const pings = reports.map(([second, qoe]) => {
      const qoeData = Object.fromEntries(Object.entries(qoe).map(([name, value]) => [`media.qoe.${name}`, value]));
      return eventAfter(second, "ping", { qoeData });
    });
    const [start, play, end] = eventsOf("0 sessionStart =600, 0 play, 60 sessionEnd") as [
      PlayerEvent,
      PlayerEvent,
      PlayerEvent,
    ];
    return foldSession([start, play, ...pings, end], { closed: true }).metrics;
  };

  test("of bitrates: the first, the highest, and how often it went up and down", () => {
    const bitrates = [2_000_000, 2_000_000, 5_000_000, 0, 1000, 3_000_000];
    expect(reporting(...bitrates.map((bitrate, at) => [at * 5, { bitrate }] as const))).toMatchObject({
      startBitrate: 2_000_000,
      peakBitrate: 5_000_000,
      bitrateUpshifts: 2,
      bitrateDownshifts: 1,
    });
  });

  test("of none", () => {
    expect(reporting()).toMatchObject({
      startBitrate: null,
      peakBitrate: null,
      bitrateUpshifts: 0,
      averageFps: null,
      expectedFrames: null,
      droppedFrameRatio: null,
    });
  });

  test("of frames a second, weighted by the time for which each was the latest", () => {
    expect(
      reporting([0, { framesPerSecond: 25 }], [20, { framesPerSecond: 50 }], [40, { framesPerSecond: 0 }]),
    ).toMatchObject({
      averageFps: 41.667,
      expectedFrames: 2500,
      droppedFrameRatio: null,
    });
  });

  test("of dropped frames, among those that were to be shown", () => {
    expect(reporting([0, { framesPerSecond: 25 }], [50, { droppedFrames: 30 }])).toMatchObject({
      expectedFrames: 1500,
      droppedFrameRatio: 0.02,
    });
    expect(reporting([0, { droppedFrames: 30 }])).toMatchObject({ droppedFrameRatio: null });
  });
});
