/** What got worse: which values stand out, when their share rose, and what the server answers. */

import { describe, expect, test } from "bun:test";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../src/base/units.ts";
import { type PeriodShare, spellOf } from "../../src/reports/run/spell.ts";
import { findWorse } from "../../src/reports/run/worse.ts";
import { Random } from "../support/random.ts";
import { sessionStart, startTestServer, type TestServer, TS } from "../support/server.ts";
import { ask } from "../support/viewings.ts";

describe("what stands out", () => {
  const row = (player: string, mediaStarts: number, dropsBeforeStart: number) => ({
    ...{ "media.playerName": player, mediaStarts, dropsBeforeStart },
  });
  const totals = { mediaStarts: 10_000, dropsBeforeStart: 300 };
  const found = (...rows: ReturnType<typeof row>[]) => findWorse([["media.playerName", { rows, totals }]]);

  test("is what fails more often than all others together, by as many sessions", () => {
    expect(found(row("old", 1000, 100), row("new", 9000, 200))).toMatchObject([
      { value: "old", metric: "dropsBeforeStart", affected: 100, share: 0.1, others: 200 / 9000 },
    ]);
  });

  test("is not what chance explains, nor what hardly any session has", () => {
    expect(found(row("small", 99, 90))).toEqual([]);
    expect(found(row("near", 1000, 36))).toEqual([]);
  });
});

describe("the spell of a share", () => {
  /** Periods whose sessions are affected by chance, each by the share that some stretch has. */
  function periods(seed: number, stretches: readonly (readonly [count: number, sessions: number, share: number])[]) {
    const random = new Random(seed);
    return stretches.flatMap(([count, sessions, share]) =>
      Array.from({ length: count }, (): PeriodShare => {
        const affected = Array.from({ length: sessions }, () => random.chance(share)).filter(Boolean).length;
        return { sessions, affected };
      }),
    );
  }
  test.each([
    [
      "a rise",
      [
        [500, 8, 0.01],
        [220, 8, 0.08],
      ],
      500,
      undefined,
    ],
    [
      "a rise early on",
      [
        [100, 8, 0.01],
        [620, 8, 0.2],
      ],
      100,
      undefined,
    ],
    [
      "some bad hours",
      [
        [400, 20, 0.02],
        [4, 20, 0.6],
        [316, 20, 0.02],
      ],
      400,
      404,
    ],
    [
      "what was bad before",
      [
        [200, 8, 0.1],
        [520, 8, 0.01],
      ],
      undefined,
      200,
    ],
    [
      "a rise after an empty night",
      [
        [300, 8, 0.01],
        [8, 0, 0],
        [300, 8, 0.2],
        [8, 0, 0],
      ],
      308,
      undefined,
    ],
  ] as const)("finds %s, to within two periods", (_, stretches, first, end) => {
    for (const seed of [1, 2, 3]) {
      const found = spellOf(periods(seed, stretches));
      for (const [at, expected] of [
        [found?.first, first],
        [found?.end, end],
      ]) {
        expect([at === undefined, Math.abs((at ?? 0) - (expected ?? 0)) <= 2]).toEqual([expected === undefined, true]);
      }
    }
  });

  test("is none where the share is the same all along, or where the sessions are too few to tell", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      expect(spellOf(periods(seed, [[720, 8, 0.06]]))).toBeUndefined();
      expect(
        spellOf(
          periods(seed, [
            [4, 1, 0.02],
            [4, 2, 0.5],
          ]),
        ),
      ).toBeUndefined();
    }
    expect(spellOf([])).toBeUndefined();
    expect(spellOf([{ sessions: 5, affected: 5 }])).toBeUndefined();
  });
});

describe("the findings", () => {
  const ERROR = { qoeData: { "media.qoe.errorID": "network", "media.qoe.errorSource": "player" } };
  /** When it broke, in the past for all sessions. */
  const BROKE_MS = Math.floor((TS - DAY_MS) / HOUR_MS) * HOUR_MS;

  /** Plays sessions offline, some minutes apart. */
  async function play(
    server: TestServer,
    player: string,
    { fromMs, minutes, count }: { fromMs: number; minutes: number; count: number },
    isBad: (at: number) => boolean,
  ) {
    const bodies = Array.from({ length: count }, (_, at) => {
      const ts = fromMs + at * minutes * MINUTE_MS;
      const event = (eventType: string, second: number, more = {}) => {
        return { eventType, playerTime: { playhead: second, ts: ts + second * SECOND_MS }, ...more };
      };
      const start = sessionStart({ "media.playerName": player }, { playerTime: { playhead: 0, ts } });
      return [start, event("play", 0), ...(isBad(at) ? [event("error", 5, ERROR)] : []), event("sessionEnd", 10)];
    });
    const answers = await Promise.all(bodies.map((body) => server.post("/api/v1/downloaded", body)));
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
  }

  test("say whose sessions have errors, since when, and whether the player is new", async () => {
    await using server = await startTestServer();
    const from = BROKE_MS - 10 * HOUR_MS;
    await play(server, "good", { fromMs: from, minutes: 1.8, count: 400 }, (at) => at % 50 === 0);
    await play(server, "broke", { fromMs: from, minutes: 2.4, count: 300 }, (at) => at >= 250);
    await play(server, "new", { fromMs: BROKE_MS, minutes: 1, count: 100 }, (at) => at % 4 === 0);
    await server.app.work();
    const asked = { from, to: BROKE_MS + 3 * HOUR_MS, timezone: "Europe/Berlin" };
    const { findings } = await ask(server, "/admin/api/findings", asked);
    const when = { since: BROKE_MS, until: null, granularity: "hour" };
    expect(findings).toEqual([
      expect.objectContaining({ value: "broke", affected: 50, sessions: 300, ...when, isNew: false }),
      expect.objectContaining({ value: "new", affected: 25, sessions: 100, ...when, isNew: true }),
    ]);
    expect(findings[1]).toMatchObject({ dimension: "media.playerName", metric: "errorImpactedStreams" });
    const filtered = await ask(server, "/admin/api/findings", { ...asked, filter: "media.playerName==good" });
    expect(filtered.findings).toEqual([]);
  });
});
