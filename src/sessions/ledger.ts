/** The ledger's words: what can become of a stored event, and by which rule. A 204 says "stored", not "counted". */

export const VERDICTS = {
  counted: "It took part, in its place.",
  reordered: "It took part, though it arrived after an event with a later `ts`.",
  duplicate: "It is one event with an earlier one.",
  ignored: "It marks a moment, but its own effect is left out; behind the session's end not even that.",
} as const;

export type Verdict = keyof typeof VERDICTS;

export interface RuleDefinition {
  /** The verdict that the rule gives; `reordered` takes the place of `counted` by arrival alone. */
  readonly verdict: Exclude<Verdict, "reordered">;
  readonly summary: string;
}

/** Every rule that decides what becomes of an event. */
export const RULES = {
  "in-place": { verdict: "counted", summary: "It had its effect." },
  "no-change": { verdict: "counted", summary: "The state was already what it says; repeating it counts nothing." },
  "exact-duplicate": {
    verdict: "duplicate",
    summary: "Type, `ts`, playhead and body equal those of an event that arrived before.",
  },
  "after-session-end": { verdict: "ignored", summary: "Its `ts` is after that of `sessionEnd`." },
  "ad-outside-break": { verdict: "ignored", summary: "An ad needs an open ad break; its time is main content." },
  "nothing-open": { verdict: "ignored", summary: "It ends an ad, a break, a chapter or a state, and none is open." },
  "state-limit": { verdict: "ignored", summary: "The session has ten distinct player states already." },
  "state-without-name": { verdict: "ignored", summary: "A player state needs `media.state.name`." },
  "content-ended": { verdict: "ignored", summary: "After `sessionComplete` only `play` changes the state." },
  "second-start": { verdict: "ignored", summary: "A session has one `sessionStart`." },
} as const satisfies Record<string, RuleDefinition>;

export type Rule = keyof typeof RULES;
