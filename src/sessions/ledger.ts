/** The ledger's words: what can become of a stored event, and by which rule. A 204 says "stored", not "counted". */

export const VERDICTS = {
  counted: "Counted, in order.",
  reordered: "It took part, though it arrived after an event with a later `ts`.",
  duplicate: "It is one event with an earlier one.",
  ignored: "It marks a moment, but its own effect is left out; behind the session's end not even that.",
} as const;

export type Verdict = keyof typeof VERDICTS;

interface RuleDefinition {
  /** The verdict that the rule gives; `reordered` takes the place of `counted` by arrival alone. */
  readonly verdict: Exclude<Verdict, "reordered">;
  readonly summary: string;
}

/** What is mended, and by which rule: what a player says is taken at its word unless something contradicts it. */
export const MENDINGS = {
  "clock-forward": {
    verdict: "counted",
    summary: "The player's clock was set forward here; all that follows moves back.",
  },
  "clock-back": {
    verdict: "counted",
    summary: "The player's clock was set back here; all that follows moves forward.",
  },
  "same-tick": { verdict: "counted", summary: "It stands beside what it belongs to, from which it is a tick apart." },
  "complete-in-break": {
    verdict: "counted",
    summary: "The content was completed in a break without an ad: the break is over.",
  },
  "break-over-by-play": {
    verdict: "counted",
    summary: "A `play` in a break without an ad is main content's: the break is over, or it plays when it is.",
  },
  "ad-overdue": { verdict: "counted", summary: "The ad that never ended was over at its length." },
  "ad-overtaken": { verdict: "counted", summary: "Main content plays while an ad without an end is open: it failed." },
  "break-never-completed": { verdict: "counted", summary: "The break without a completion ended with its last ad." },
  "break-over-by-playhead": {
    verdict: "counted",
    summary: "The playhead goes on in a break without an ad: the break is over.",
  },
  "play-implied": { verdict: "counted", summary: "The playhead goes on though no `play` said so: main content plays." },
  "gap-unobserved": {
    verdict: "counted",
    summary: "Of the long time without an event only as much counts as the playhead bears out.",
  },
} as const satisfies Record<string, RuleDefinition>;

export type MendingRule = keyof typeof MENDINGS;

/** Those that decide what plays from their event on. */
export const DECIDING_MENDINGS: ReadonlySet<MendingRule> = new Set([
  "complete-in-break",
  "break-over-by-play",
  "ad-overdue",
  "ad-overtaken",
  "break-never-completed",
  "break-over-by-playhead",
  "play-implied",
]);

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
  "complete-without-start": { verdict: "ignored", summary: "A completion counts in a session with a content start." },
  "second-start": { verdict: "ignored", summary: "A session has one `sessionStart`." },
  ...MENDINGS,
} as const satisfies Record<string, RuleDefinition>;

export type Rule = keyof typeof RULES;

/** Whether an event had its own effect: a mending that it showed takes the place of the rule that says so. */
export function hadEffect(rule: Rule): boolean {
  return rule === "in-place" || rule in MENDINGS;
}
