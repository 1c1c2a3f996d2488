/** What a mending says of itself, and what it leaves in its place: ticks, midnights, instants of an array. */

import { describe, expect, test } from "bun:test";
import { foldSession } from "../../src/sessions/fold.ts";
import { foldArray, mendingsOf, readSamples } from "./mended.ts";
import { eventsOf } from "./table.ts";

const DAY_S = 86_400;

describe("the time that was mended", () => {
  test("is that of an ad whose start came within a tick before its break", () => {
    const [sample] = readSamples("mending").filter(({ name }) => name === "08a-adstart-5ms-before-break");
    const { metrics } = foldArray(sample?.events ?? []);
    expect(metrics.mendedTime).toBeCloseTo(15, 1);
  });

  test("is that of an ad whose predecessor was completed within a tick behind its start", () => {
    const { metrics, mended } = foldSession(
      eventsOf(`
        0 sessionStart =600, 0 play, 10 adBreakStart @10 =pre
        10.5 adStart @10 =first, 20 adStart @10 =second, 20.05 adComplete @10
        27 adComplete @10, 27.5 adBreakComplete @10, 40 ping @22.5, 50 sessionEnd @32.5
      `),
      { closed: true },
    );
    expect(mended).toEqual({ "same-tick": 1 });
    expect(metrics).toMatchObject({ adCompletes: 2, adTimeSpent: 16.5, mendedTime: 7 });
  });

  test("is that of the ad before all those whose starts came within a tick of its completion", () => {
    const { ads, mended } = foldSession(
      eventsOf(`
        0 sessionStart =600, 0 play, 10 adBreakStart @10 =pre, 10 adStart @10 =first, 19.9 adStart @10 =second
        19.95 adStart @10 =third, 20.05 adComplete @10, 30 adComplete @10, 30 adBreakComplete @10, 40 sessionEnd @20
      `),
      { closed: true },
    );
    expect(mended).toEqual({ "same-tick": 1 });
    expect(ads.map(({ completed }) => completed)).toEqual([true, false, true]);
  });
});

describe("an array whose clock was set in an ad", () => {
  test.each([
    ["back", -3600],
    ["forward", 2 * DAY_S],
  ])("%s counts the ads before and behind it", (_, byS) => {
    const folded = foldSession(
      eventsOf(`
        0 sessionStart =600, 0 play, 60 adBreakStart =mid, 60 adStart @60 =first, 75 adComplete @60
        75 adStart @60 =second, ${90 + byS} adComplete @60, ${90 + byS} adBreakComplete @60
        ${100 + byS} ping @70, ${110 + byS} ping @80, ${120 + byS} sessionEnd @90
      `),
      { closed: true },
    );
    expect(mendingsOf(folded)).toEqual([byS < 0 ? "clock-back" : "clock-forward"]);
    expect(folded.metrics).toMatchObject({ adStarts: 2, adCompletes: 2, contentTimeSpent: 90, uniqueTimePlayed: 90 });
  });
});

describe("live content", () => {
  test("whose playhead counts on behind midnight was watched in parts that end behind their beginning", () => {
    const session = `0 sessionStart @${DAY_S + 100}, 0 play @${DAY_S + 100}, 10 ping @${DAY_S + 110}
      20 ping @120, 30 sessionEnd @130`;
    const { metrics, watched } = foldSession(eventsOf(session), { closed: true });
    expect(watched).toEqual([
      [110_000, 130_000],
      [(DAY_S + 100) * 1000, (DAY_S + 110) * 1000],
    ]);
    expect(metrics).toMatchObject({ contentTimeSpent: 30, uniqueTimePlayed: 30, contentSegmentViews: 2 });
  });

  test("runs, though its start is dated later than what follows", () => {
    const session = `1000 sessionStart @100, 0 play @100, 10 ping @110, 20 ping @120, 30 ping @130, 40 ping @140
      1060 sessionEnd @200`;
    // 10 s, and twice what the playhead went on: more than the 90 s of a playhead that is still.
    const { metrics } = foldSession(eventsOf(session), { closed: true });
    expect(metrics.contentTimeSpent).toBe(40 + 130);
  });
});

test("a playhead that moved in a break isn't stale behind it", () => {
  const session = `0 sessionStart @0 =600, 0 play @0, 20 pauseStart @20, 21 play @20, 21.5 adBreakStart @20
    21.5 adStart @0 =ad, 36.5 adComplete @15, 36.5 adBreakComplete @15, 46.5 ping @300, 56.5 sessionEnd @310`;
  const { watched } = foldSession(eventsOf(session), { closed: true });
  expect(watched).toEqual([
    [0, 20_000],
    [300_000, 310_000],
  ]);
});

test("a buffer isn't the seek's behind a completion after which content jumps, and plays on", () => {
  const session = `0 sessionStart =600, 0 play, 10 bufferStart, 14 play @10, 14 sessionComplete @10
    14.001 ping @30, 44 ping @60, 104 ping @120`;
  const { metrics, mended } = foldSession(eventsOf(session), { closed: true });
  expect(mended).toEqual({ "play-implied": 1 });
  expect(metrics).toMatchObject({ seeks: 1, rebufferEvents: 1, seekBuffers: 0, longestBuffer: 4 });
});
