/** The rounds of a comparison: both sides alike, pair after pair, until it is decided or a bound is reached. */

import { describe, expect, test } from "bun:test";
import type { Bounds } from "../../bench/support/options.ts";
import { PAIRS_MIN } from "../../bench/support/pairs/interval.ts";
import { byTurns, type PairedQuestion, type Side, type SideAt } from "../../bench/support/pairs/paired-question.ts";
import { takePairs } from "../../bench/support/pairs/take-pairs.ts";
import { Processes } from "../../bench/support/processes.ts";
import type { Context } from "../../bench/support/question.ts";

const HERE: Side = { name: "the working tree", root: "/here" };
const THERE: Side = { name: "abc1234", root: "/there" };
const BOUNDS: Bounds = { within: 1.5, rounds: 400, minutes: 1 };

describe("a comparison", () => {
  test("ends once its interval is narrow, with as many turns for either side and no pair left open", async () => {
    const { question, turns, open } = asked((side) => (side === HERE ? 110 : 100));
    const { figures, rounds, pairs } = await takePairs(question, context(), [HERE, THERE], BOUNDS);
    expect({ pairs, rounds }).toEqual({ pairs: PAIRS_MIN, rounds: 3 * PAIRS_MIN });
    expect(turns.filter((side) => side === HERE)).toHaveLength(rounds);
    expect(turns.filter((side) => side === THERE)).toHaveLength(rounds);
    expect(open()).toBe(0);
    expect(figures[0]).toMatchObject({ verdict: "faster" });
    expect(figures[0].ratio).toBeCloseTo(1.1, 9);
  });

  test("counts less as faster where a figure says so", async () => {
    const { question } = asked((side) => (side === HERE ? 110 : 100), "less");
    const { figures } = await takePairs(question, context(), [HERE, THERE], BOUNDS);
    expect(figures[0]).toMatchObject({ verdict: "slower" });
    expect(figures[0].ratio).toBeCloseTo(1 / 1.1, 9);
  });

  test("lets neither side always be the first", async () => {
    const { question, turns } = asked(() => 100);
    await takePairs(question, context(), [HERE, THERE], { ...BOUNDS, within: 0.1 });
    const firsts = turns.filter((_, at) => at % 2 === 0);
    expect(new Set(firsts).size).toBe(2);
  });

  test("ends at the most rounds, in the middle of a pair, and says that it is not decided", async () => {
    let turn = 0;
    const { question, open } = asked((side) => {
      const round = Math.floor(turn / 2);
      turn += 1;
      if (side === THERE) return 100;
      return round % 2 === 0 ? 200 : 50;
    });
    const { figures, rounds, pairs } = await takePairs(question, context(), [HERE, THERE], { ...BOUNDS, rounds: 31 });
    expect({ pairs, rounds, open: open() }).toEqual({ pairs: 11, rounds: 31, open: 0 });
    expect(figures[0]).toMatchObject({ verdict: "not decided" });
    expect(figures[0].here).toHaveLength(31);
  });

  test("ends at the most minutes", async () => {
    const { question } = asked(() => 100);
    const { rounds } = await takePairs(question, context(), [HERE, THERE], { ...BOUNDS, minutes: 0 });
    expect(rounds).toBe(1);
  });

  test("leaves out a pair that fails, and gives up when it happens again and again", async () => {
    let turn = 0;
    const failingAt = (fails: (turn: number) => boolean) => {
      turn = 0;
      return asked(() => {
        turn += 1;
        if (fails(turn)) throw new Error("Of 9 starts 1 failed");
        return 100;
      });
    };
    const once = failingAt((at) => at === 9);
    const { rounds, pairs } = await takePairs(once.question, context(), [HERE, THERE], BOUNDS);
    expect({ pairs, rounds, open: once.open() }).toEqual({ pairs: PAIRS_MIN, rounds: 3 * PAIRS_MIN, open: 0 });
    const often = failingAt((at) => at > 9);
    await expect(takePairs(often.question, context(), [HERE, THERE], BOUNDS)).rejects.toThrow("1 failed");
    expect(often.open()).toBe(0);
  });

  test("leaves no pair open when a side fails", async () => {
    const { question, open } = asked((side) => {
      if (side === THERE) throw new Error("Of 9 starts 1 failed");
      return 100;
    });
    await expect(takePairs(question, context(), [HERE, THERE], BOUNDS)).rejects.toThrow("Of 9 starts 1 failed");
    expect(open()).toBe(0);
  });
});

/** A question that is answered by a function. */
function asked(answer: (side: Side) => number, faster: "more" | "less" = "more") {
  const turns: Side[] = [];
  let opened = 0;
  const question: PairedQuestion = {
    name: "made up",
    takes: [],
    figures: [{ figure: "made up", unit: "1", faster }],
    roundsPerPair: 3,
    open: async (_, sides) => {
      opened += 1;
      const measure = async (at: SideAt) => {
        turns.push(sides[at]);
        return [answer(sides[at])];
      };
      const close = async () => {
        opened -= 1;
      };
      return { takeRound: (first) => byTurns(first, measure), [Symbol.asyncDispose]: close };
    },
  };
  return { question, turns, open: () => opened };
}

function context(): Context {
  const numbers = { rounds: undefined, seconds: 1, events: 1, connections: 1, sessions: 1 };
  return { ...numbers, directory: "/nowhere", processes: new Processes(), say: () => {} };
}
