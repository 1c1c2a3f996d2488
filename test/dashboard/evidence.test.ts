/** Why a number is what it is: for every metric of every session, what is shown for it adds up to it. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { evidenceOf } from "../../src/dashboard/pages/session/evidence.ts";
import { jumpsOf, nextOf } from "../../src/dashboard/pages/session/jumps.ts";
import { METRICS } from "../../src/sessions/metrics.ts";
import { SESSION_REPEATED, SESSION_SHUFFLED } from "../sessions/arbitrary.ts";
import { eventsOf } from "../sessions/table.ts";
import { parseSession } from "../sessions/wire.ts";
import { detailOf } from "./detail.ts";

const FOLDER = join(import.meta.dir, "../golden/sessions");
const GOLDEN = [...new Bun.Glob("*/*.events.json").scanSync(FOLDER)].toSorted();

/** Any order of arrival, and events that arrive twice. */
const ARRIVED = fc.oneof(
  SESSION_SHUFFLED.map(({ arrived }) => arrived),
  SESSION_REPEATED.map(({ repeated }) => repeated),
);

type Detail = ReturnType<typeof detailOf>;

/** The sum of what is shown for each metric, in the form of the metrics themselves. */
function sumsOf(detail: Detail) {
  const find = evidenceOf(detail);
  return Object.fromEntries(Object.keys(detail.metrics).map((id) => [id, find(id).sum]));
}

function evidence(session: string, id: string) {
  return evidenceOf(detailOf(eventsOf(session), true))(id);
}

/** Parts of time in seconds after the start. */
function secondsIn(session: string, id: string) {
  const detail = detailOf(eventsOf(session), true);
  const startMs = detail.events[0]?.ts ?? 0;
  return evidenceOf(detail)(id).intervals.map(({ fromMs, toMs }) => [
    (fromMs - startMs) / 1000,
    (toMs - startMs) / 1000,
  ]);
}

describe("the evidence of every metric adds up to it", () => {
  test.each(GOLDEN)("in %s", (file) => {
    const events = parseSession(JSON.parse(readFileSync(join(FOLDER, file), "utf8")));
    for (const closed of [true, false]) {
      const detail = detailOf(events, closed);
      expect(sumsOf(detail)).toEqual({ ...detail.metrics });
    }
  });

  test("in any session, in any order of arrival and with repeated events", () => {
    fc.assert(
      fc.property(ARRIVED, fc.boolean(), (events, closed) => {
        const detail = detailOf(events, closed);
        expect(sumsOf(detail)).toEqual({ ...detail.metrics });
      }),
    );
  });
});

test("every metric of the catalogue has evidence", () => {
  const find = evidenceOf(detailOf(eventsOf("0 sessionStart, 0 play, 5 ping"), true));
  const bare = METRICS.map(({ id }) => ({ id, ...find(id) })).filter(
    ({ events, intervals, spans, terms, sum }) =>
      sum === null && [events, intervals, spans, terms].every((each) => each.length === 0),
  );
  // Never reported in this session.
  expect(bare.map(({ id }) => id)).toEqual([
    "averageBitrate",
    "startBitrate",
    "peakBitrate",
    "averageFps",
    "expectedFrames",
    "droppedFrames",
    "timeToStart",
    "timeToFirstAd",
  ]);
});

test("a new metric is one row: what shows why it is what it is, or whether it is better, knows none by name", async () => {
  const known = [];
  for (const file of ["pages/session/evidence.ts", "pages/session/metric-catalogue.ts", "model/direction.ts"]) {
    const text = await Bun.file(join(import.meta.dir, "../../src/dashboard", file)).text();
    known.push(...METRICS.filter(({ id }) => new RegExp(`\\b${id}\\b`).test(text)).map(({ id }) => `${id} in ${file}`));
  }
  expect(known).toEqual([]);
});

describe("the evidence", () => {
  const AD =
    "0 sessionStart, 0 play, 5 adBreakStart, 6 adStart, 8 pauseStart, 9 play, 12 adComplete, 13 adBreakComplete, 20 ping";

  test("of contentTimeSpent leaves out the ad break", () => {
    expect(secondsIn(AD, "contentTimeSpent")).toEqual([
      [0, 5],
      [13, 20],
    ]);
  });

  test("of adTimeSpent leaves out a pause inside the ad", () => {
    expect(secondsIn(AD, "adTimeSpent")).toEqual([
      [6, 8],
      [9, 12],
    ]);
    expect(secondsIn(AD, "totalPauseDuration")).toEqual([[8, 9]]);
  });

  test("of a stall is one part of time, which is taken out of content", () => {
    const session = "0 sessionStart =600, 0 play, 5 ping, 6 ping @5, 8 ping @5, 10 ping @7";
    expect(secondsIn(session, "totalStallingDuration")).toEqual([[5, 8]]);
    expect(secondsIn(session, "contentTimeSpent")).toEqual([
      [0, 5],
      [8, 10],
    ]);
  });

  test("of what a stale playhead hid before a jump is as long as that was", () => {
    const session = "0 sessionStart =600, 0 play, 10 pauseStart @10, 12 play @12, 17 ping @2, 20 ping @5";
    expect(secondsIn(session, "watchingTime")).toEqual([
      [0, 10],
      [15, 17],
      [17, 20],
    ]);
  });

  test("of pauseEvents leaves out a repeated pauseStart", () => {
    expect(
      evidence("0 sessionStart, 0 play, 3 pauseStart, 4 pauseStart, 5 play, 6 pauseStart", "pauseEvents").events,
    ).toEqual([2, 5]);
  });

  test("of a ratio is the numbers that it is made of", () => {
    expect(evidence("0 sessionStart, 0 play, 4 bufferStart, 5 play, 9 ping", "rebufferingRatio").terms).toEqual([
      { name: "rebufferingDuration", value: 1, isMetric: true },
      { name: "contentTimeSpent", value: 8, isMetric: true },
    ]);
  });

  test("of a player state goes on to the last event", () => {
    expect(secondsIn("0 sessionStart, 2 stateStart =mute, 7 ping", "muteTotalDuration")).toEqual([[2, 7]]);
  });
});

describe("trouble to go to", () => {
  const find = evidenceOf(
    detailOf(
      eventsOf("0 sessionStart =600, 0 play, 5 ping, 6 ping @5, 8 ping @5, 10 ping @7, 12 error, 14 error"),
      true,
    ),
  );

  test("is each error and where each stall begins, one behind the other and round again", () => {
    const jumps = jumpsOf(find);
    expect(jumps).toEqual({ e: [6, 7], s: [2] });
    expect([undefined, 0, 6, 7].map((at) => nextOf(jumps.e, at))).toEqual([6, 6, 7, 6]);
    expect(nextOf([], 3)).toBeUndefined();
  });
});
