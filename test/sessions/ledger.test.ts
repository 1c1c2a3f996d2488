/** The ledger: each rule where it decides, and where a session that is nearly the same falls under another. */

import { describe, expect, test } from "bun:test";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import { MENDINGS, type MendingRule, RULES, type Rule, VERDICTS, type Verdict } from "../../src/sessions/ledger.ts";
import { eventsOf } from "./table.ts";

/** Two sessions by arrival; the event in question is the last of each. */
interface Pair {
  readonly applies: string;
  readonly differs: string;
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `1 stateStart =state.${index}`).join(", ");
const inBreak = "0 sessionStart, 1 adBreakStart, 1 adStart";

/** What mends has tests of its own, in `mending.test.ts`. */
const PAIRS: Readonly<Record<Exclude<Rule, MendingRule>, readonly Pair[]>> = {
  "in-place": [
    { applies: "0 sessionStart", differs: "0 sessionStart, 1 sessionStart" },
    { applies: "0 sessionStart, 5 sessionEnd @4, 5 sessionEnd", differs: "0 sessionStart, 5 sessionEnd, 6 sessionEnd" },
    { applies: "0 sessionStart, 1 play", differs: "0 sessionStart, 1 play, 2 play" },
    { applies: "0 sessionStart, 1 adComplete, 1 adStart, 1 adBreakStart", differs: "0 sessionStart, 1 adStart" },
  ],
  "no-change": [
    { applies: "0 sessionStart, 1 play, 2 play", differs: "0 sessionStart, 1 play, 2 pauseStart, 3 play" },
    { applies: "0 sessionStart, 1 pauseStart, 2 pauseStart", differs: "0 sessionStart, 1 pauseStart, 2 bufferStart" },
    { applies: "0 sessionStart, 1 bufferStart, 2 bufferStart", differs: "0 sessionStart, 1 play, 2 bufferStart" },
    { applies: `${inBreak}, 2 play`, differs: "0 sessionStart, 1 adBreakStart, 2 play" },
    {
      applies: "0 sessionStart, 0 play, 1 sessionComplete, 2 sessionComplete",
      differs: "0 sessionStart, 1 sessionComplete, 2 sessionComplete",
    },
    {
      applies: "0 sessionStart, 1 stateStart =mute, 2 stateStart =mute",
      differs: "0 sessionStart, 1 stateStart =mute, 2 stateStart =inFocus",
    },
    {
      applies: "0 sessionStart, 1 stateStart =fullscreen, 2 stateStart =fullScreen",
      differs: "0 sessionStart, 1 stateStart =fullscreen, 2 stateStart =full",
    },
  ],
  "exact-duplicate": [
    { applies: "0 sessionStart, 1 ping, 1 ping", differs: "0 sessionStart, 1 ping, 2 ping @1" },
    { applies: "0 sessionStart, 1 ping, 5 ping, 1 ping", differs: "0 sessionStart, 1 ping, 5 ping, 1 ping @2" },
    { applies: "0 sessionStart, 1 error =a, 1 error =a", differs: "0 sessionStart, 1 error =a, 1 error =b" },
    { applies: "0 sessionStart, 1 error =a, 1 error =b, 1 error =a", differs: "0 sessionStart, 1 error =a, 1 error" },
    { applies: "0 sessionStart, 1 play, 1 play", differs: "0 sessionStart, 1 play, 1 bufferStart" },
    { applies: "0 sessionStart, 0 sessionStart", differs: "0 sessionStart, 0 play" },
    { applies: `${inBreak}, 2 adComplete, 2 adComplete`, differs: `${inBreak}, 2 adSkip, 2 adComplete @1` },
    {
      applies: "0 sessionStart, 5 sessionEnd, 5 sessionEnd",
      differs: "0 sessionStart, 5 sessionEnd, 5 sessionEnd @4",
    },
  ],
  "after-session-end": [
    { applies: "0 sessionStart, 5 sessionEnd, 5.001 ping", differs: "0 sessionStart, 5 sessionEnd, 5 ping" },
    { applies: "0 sessionStart, 5 sessionEnd, 6 sessionEnd", differs: "0 sessionStart, 5 sessionEnd, 4 sessionEnd" },
    { applies: "0 sessionStart, 5 sessionEnd, 6 ping", differs: "0 sessionStart, 5 sessionComplete, 6 ping" },
  ],
  "ad-outside-break": [
    { applies: "0 sessionStart, 2 adStart", differs: "0 sessionStart, 1 adBreakStart, 2 adStart" },
    {
      applies: "0 sessionStart, 1 adBreakStart, 2 adBreakComplete, 2 adStart",
      differs: "0 sessionStart, 1 adBreakStart, 3 adBreakComplete, 2 adStart",
    },
  ],
  "nothing-open": [
    { applies: "0 sessionStart, 1 adBreakStart, 2 adComplete", differs: `${inBreak}, 2 adComplete` },
    { applies: "0 sessionStart, 1 adBreakStart, 2 adSkip", differs: `${inBreak}, 2 adSkip` },
    { applies: `${inBreak}, 2 adComplete, 3 adSkip`, differs: `${inBreak}, 2 play, 3 adSkip` },
    { applies: `${inBreak}, 2 adBreakComplete, 3 adComplete`, differs: `${inBreak}, 3 adBreakComplete, 3 adComplete` },
    { applies: "0 sessionStart, 2 adBreakComplete", differs: "0 sessionStart, 1 adBreakStart, 2 adBreakComplete" },
    { applies: "0 sessionStart, 2 chapterComplete", differs: "0 sessionStart, 1 chapterStart, 2 chapterComplete" },
    { applies: "0 sessionStart, 2 chapterSkip", differs: "0 sessionStart, 1 chapterStart, 2 chapterSkip" },
    {
      applies: "0 sessionStart, 1 stateStart =mute, 2 stateEnd =inFocus",
      differs: "0 sessionStart, 1 stateStart =mute, 2 stateEnd =mute",
    },
    {
      applies: "0 sessionStart, 1 stateEnd =mute",
      differs: "0 sessionStart, 1 stateStart =mute, 1 stateEnd =mute",
    },
  ],
  "state-limit": [
    {
      applies: `0 sessionStart, ${names(10)}, 2 stateStart =state.10`,
      differs: `0 sessionStart, ${names(9)}, 2 stateStart =state.10`,
    },
    {
      applies: `0 sessionStart, ${names(10)}, 2 stateEnd =state.10`,
      differs: `0 sessionStart, ${names(10)}, 2 stateEnd =state.9`,
    },
    {
      applies: `0 sessionStart, ${names(10)}, 2 stateStart =state.10`,
      differs: `0 sessionStart, ${names(10)}, 2 stateEnd =state.3, 3 stateStart =state.3`,
    },
  ],
  "state-without-name": [
    { applies: "0 sessionStart, 1 stateStart", differs: "0 sessionStart, 1 stateStart =mute" },
    { applies: "0 sessionStart, 1 stateStart =mute, 2 stateEnd", differs: "0 sessionStart, 2 stateEnd =mute" },
  ],
  "content-ended": [
    {
      applies: "0 sessionStart, 1 sessionComplete, 2 pauseStart",
      differs: "0 sessionStart, 3 sessionComplete, 2 pauseStart",
    },
    {
      applies: "0 sessionStart, 1 sessionComplete, 3 bufferStart",
      differs: "0 sessionStart, 1 sessionComplete, 2 play, 3 bufferStart",
    },
    {
      applies: "0 sessionStart, 1 sessionComplete, 3 pauseStart",
      differs: "0 sessionStart, 1 sessionComplete, 2 adBreakStart, 2 adStart, 3 pauseStart",
    },
  ],
  "complete-without-start": [
    { applies: "0 sessionStart, 1 sessionComplete", differs: "0 sessionStart, 0 play, 1 sessionComplete" },
    {
      applies: "0 sessionStart, 2 adBreakStart, 2 adStart, 3 play, 1 sessionComplete",
      differs: "0 sessionStart, 3 play, 1 sessionComplete",
    },
    {
      applies: "0 sessionStart, 2 adBreakStart, 2 adStart, 3 play, 4 adComplete, 1 sessionComplete",
      differs: "0 sessionStart, 2 adBreakStart, 2 adStart, 3 adComplete, 4 play, 1 sessionComplete",
    },
    {
      applies: "0 sessionStart, 1 adBreakStart, 1 adStart, 2 sessionComplete",
      differs: "0 sessionStart, 0 play, 1 adBreakStart, 1 adStart, 2 sessionComplete",
    },
  ],
  "second-start": [
    { applies: "0 sessionStart, 1 sessionStart", differs: "0 sessionStart" },
    { applies: "0 sessionStart, 0 sessionStart @1", differs: "0 sessionStart, 0 sessionStart" },
  ],
};

/** What became of the last event to arrive. */
function lastOf(session: string): { verdict: Verdict; rule: Rule } {
  const events = eventsOf(session);
  const { timeline } = foldSession(events, { closed: true });
  const entry = timeline.find(({ event }) => event === events.at(-1));
  if (!entry) throw new Error("The last event is not on the timeline");
  return { verdict: entry.verdict, rule: entry.rule };
}

function verdictsOf(events: readonly PlayerEvent[]): Verdict[] {
  const { timeline } = foldSession(events, { closed: true });
  const verdicts = new Map(timeline.map(({ event, verdict }) => [event, verdict]));
  return events.map((event) => verdicts.get(event) as Verdict);
}

for (const [rule, pairs] of Object.entries(PAIRS)) {
  describe(`the rule ${rule}`, () => {
    test.each([...pairs])("decides in $applies, not in $differs", ({ applies, differs }) => {
      const { verdict } = RULES[rule as Rule];
      const last = lastOf(applies);
      expect(last.rule).toBe(rule as Rule);
      // A late arrival shows in the verdict of what counts, and in nothing else.
      expect(verdict === "counted" ? ["counted", "reordered"] : [verdict]).toContain(last.verdict);
      expect(lastOf(differs).rule).not.toBe(rule as Rule);
    });
  });
}

describe("the catalogue of rules", () => {
  test("is tested as a whole", () => {
    expect([...Object.keys(PAIRS), ...Object.keys(MENDINGS)].toSorted()).toEqual(Object.keys(RULES).toSorted());
    for (const pairs of Object.values(PAIRS)) expect(pairs.length).toBeGreaterThan(0);
  });

  test("says of every rule and every verdict what it means", () => {
    for (const { summary } of Object.values(RULES)) expect(summary).toMatch(/^[A-Z].{10,}\.$/);
    for (const summary of Object.values(VERDICTS)) expect(summary).toMatch(/^[A-Z].{10,}\.$/);
  });

  test("uses every verdict but reordered, which arrival alone gives", () => {
    const used = new Set(Object.values(RULES).map(({ verdict }) => verdict));
    expect([...used, "reordered"].toSorted()).toEqual(Object.keys(VERDICTS).toSorted());
  });
});

describe("the verdict reordered", () => {
  test("is given for an event that arrived after one with a later ts", () => {
    const events = eventsOf("0 sessionStart, 10 play, 5 ping, 10 ping, 9 error, 11 ping");
    expect(verdictsOf(events)).toEqual(["counted", "counted", "reordered", "counted", "reordered", "counted"]);
  });

  test("is given for a pre-roll that is dated before the start", () => {
    const events = eventsOf("10 sessionStart, 5 adBreakStart, 5 adStart, 10 play");
    expect(verdictsOf(events)).toEqual(["counted", "reordered", "reordered", "counted"]);
  });

  test("replaces neither ignored nor duplicate", () => {
    const events = eventsOf("0 sessionStart, 5 ping, 20 ping, 10 adStart, 5 ping, 6 ping");
    expect(verdictsOf(events)).toEqual(["counted", "counted", "counted", "ignored", "duplicate", "reordered"]);
  });

  test("is also given when the later ts is one that counts for nothing", () => {
    const events = eventsOf("0 sessionStart, 9 sessionEnd, 20 ping, 5 ping");
    expect(verdictsOf(events)).toEqual(["counted", "counted", "ignored", "reordered"]);
  });
});

test("of two equal events the one that arrived later is the duplicate", () => {
  const events = eventsOf("0 sessionStart, 5 error =a, 5 error =b, 5 error =a, 5 error =a");
  expect(verdictsOf(events)).toEqual(["counted", "counted", "counted", "duplicate", "duplicate"]);
});
