/** What a funnel says in words. */

import { describe, expect, test } from "bun:test";
import {
  largestLoss,
  lossInWords,
  type ShownFunnel,
  shownSteps,
  unknownLengthInWords,
} from "../../src/dashboard/model/funnel.ts";
import type { MetricId } from "../../src/sessions/metrics.ts";

const STEPS: readonly MetricId[] = [
  "mediaStarts",
  "contentStarts",
  "progress10",
  "progress25",
  "progress50",
  "progress75",
  "progress95",
  "contentCompletes",
];

/** A funnel by how many sessions reached each of its steps. */
function funnelOf(counts: readonly number[], sessionsOfUnknownLength = 0): ShownFunnel {
  const steps = STEPS.map((step, at) => {
    const [sessions = 0, all = 0, before] = [counts[at], counts[0], counts[at - 1]];
    return { step, sessions, share: all ? sessions / all : null, shareOfPrevious: before ? sessions / before : null };
  });
  return { steps, sessionsOfUnknownLength };
}

describe("a funnel", () => {
  test("tells between which two steps most sessions are lost", () => {
    const funnel = funnelOf([1000, 950, 900, 850, 500, 450, 400, 390]);
    expect(largestLoss(funnel)).toEqual({ from: "progress25", to: "progress50", sessions: 350, share: 350 / 850 });
    expect(lossInWords(funnel)).toBe("The biggest drop is before “Reached 50%”: 350 sessions (41.2%) leave there.");
    expect(unknownLengthInWords(funnel)).toBe("");
  });

  test("takes the first of equal losses", () => {
    expect(largestLoss(funnelOf([8, 7, 6, 5, 4, 3, 2, 1]))?.to).toBe("contentStarts");
  });

  test("says that no session is lost if none is, even in an empty funnel", () => {
    expect(lossInWords(funnelOf([5, 5, 5, 5, 5, 5, 5, 5]))).toBe("No sessions are lost between two steps.");
    expect(lossInWords(funnelOf([0, 0, 0, 0, 0, 0, 0, 0]))).toBe("No sessions are lost between two steps.");
  });

  test("counts no session of unknown length as lost", () => {
    const funnel = funnelOf([100, 100, 40, 38, 37, 36, 35, 30], 60);
    expect(largestLoss(funnel)).toMatchObject({ to: "contentCompletes", sessions: 5 });
    expect(unknownLengthInWords(funnel)).toBe("60 sessions of unknown length are in none of the steps by percent.");
    expect(shownSteps(funnel)).toHaveLength(8);
  });

  test("has no steps between start and end without a known length, and no loss there", () => {
    const funnel = funnelOf([1, 1, 0, 0, 0, 0, 0, 0], 1);
    expect(shownSteps(funnel).map(({ step }) => step)).toEqual(["mediaStarts", "contentStarts", "contentCompletes"]);
    expect(largestLoss(funnel)).toBeUndefined();
    expect(lossInWords(funnel)).toBe("");
    expect(unknownLengthInWords(funnel)).toBe("1 session of unknown length is in none of the steps by percent.");
  });

  test("is not misled by completes of unknown length", () => {
    expect(largestLoss(funnelOf([10, 10, 5, 5, 5, 5, 5, 9], 4))).toMatchObject({ to: "progress10", sessions: 1 });
  });
});
