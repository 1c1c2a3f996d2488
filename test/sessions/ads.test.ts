/** What a session says of its ads, by what its player told. */

import { describe, expect, test } from "bun:test";
import { foldSession } from "../../src/sessions/fold.ts";
import { eventsOf } from "./table.ts";
import { metricsOf, tell } from "./told.ts";

describe("ads", () => {
  const QUARTILES = ["adQuartile25", "adQuartile50", "adQuartile75"] as const;
  /** An ad of twenty seconds, left after some. */
  const played = (seconds: number, length: number | null = 20) => {
    const events = eventsOf(`0 sessionStart =600, 0 play, 10 adBreakStart, 10 adStart, ${10 + seconds} sessionEnd @10`);
    const params = length === null ? {} : { "media.ad.length": length };
    return foldSession(
      events.map((event) => (event.type === "adStart" ? { ...event, params } : event)),
      { closed: true },
    );
  };

  test.each([
    [0, [0, 0, 0]],
    [4.999, [0, 0, 0]],
    [5, [1, 0, 0]],
    [14.999, [1, 1, 0]],
    [15, [1, 1, 1]],
    [20, [1, 1, 1]],
  ] as const)("that played for %d s of 20 s reach %j", (seconds, quartiles) => {
    const { metrics } = played(seconds);
    expect(QUARTILES.map((id) => metrics[id])).toEqual([...quartiles]);
  });

  test("of unknown length reach none", () => {
    for (const length of [null, 0, -5]) {
      expect(QUARTILES.map((id) => played(20, length).metrics[id])).toEqual([0, 0, 0]);
    }
  });

  test("have their own errors, and whether the session closed in them", () => {
    const BREAK =
      "10 adBreakStart, 10 adStart, 12 error @10, 15 adComplete @10, 16 error @10, 17 adStart @10, 18 error @10";
    const { metrics, ads } = foldSession(eventsOf(`0 sessionStart =600, 0 play, ${BREAK}, 19 error @10`), {
      closed: true,
    });
    expect(metrics).toMatchObject({ errorEvents: 4, adErrors: 3, adAbandons: 1 });
    expect(ads).toMatchObject([
      { errors: 1, abandoned: false },
      { errors: 2, abandoned: true },
    ]);
  });

  tell([
    [
      "are in no break that ended without",
      "0 play, 10 adBreakStart, 12 adBreakComplete @10, 20 ping @18",
      { emptyAdBreaks: 1 },
    ],
    [
      "are in a break that the next one ended",
      "0 play, 10 adBreakStart, 11 adBreakStart @10, 11 adStart @10",
      { emptyAdBreaks: 1 },
    ],
    [
      "are in every break",
      "0 play, 10 adBreakStart, 10 adStart, 15 adComplete @10, 15 adBreakComplete @10",
      { emptyAdBreaks: 0 },
    ],
    ["are in no break that the close ended", "0 play, 10 adBreakStart, 11 ping @10", { emptyAdBreaks: 1 }],
  ]);

  test("may still come in the open break of an open session", () => {
    expect(metricsOf("0 play, 10 adBreakStart, 11 ping @10", { closed: false })).toMatchObject({ emptyAdBreaks: 0 });
  });
});
