/** The ledger's words: what can become of a stored event, and by which rule. A 204 says "stored", not "counted". */

import type { FlagRule } from "../protocol/flags.ts";

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
  /** How a player is mended that breaks it, for its integrator; null where there is nothing to mend. */
  readonly advice: string | null;
}

interface MendingDefinition extends RuleDefinition {
  /** Which time is of another kind by the mending: all from its event on, or the gap before that. */
  readonly decides?: "what follows" | "the gap";
}

/**
 * What is mended, and by which rule: what a player says is taken at its word unless something contradicts it.
 *
 * A new rule is one row, here or in {@link RULES}.
 */
export const MENDINGS = {
  "clock-forward": {
    verdict: "counted",
    summary: "The player's clock was set forward here; all that follows moves back.",
    advice: "Take `ts` from a monotonic clock, added to the time at the session's start.",
  },
  "clock-back": {
    verdict: "counted",
    summary: "The player's clock was set back here; all that follows moves forward.",
    advice: "Take `ts` from a monotonic clock, added to the time at the session's start.",
  },
  "same-tick": {
    verdict: "counted",
    summary: "It stands beside what it belongs to, from which it is a tick apart.",
    advice: "Send openers before what they hold, and closers before their successors: `adBreakStart`, then `adStart`.",
  },
  "complete-in-break": {
    verdict: "counted",
    summary: "The content was completed in a break without an ad: the break is over.",
    advice: "Send `adBreakComplete` when a break is over, before `sessionComplete`.",
    decides: "what follows",
  },
  "break-over-by-play": {
    verdict: "counted",
    summary: "A `play` in a break without an ad is main content's: the break is over, or it plays when it is.",
    advice: "Send `adBreakComplete` before the `play` of main content.",
    decides: "what follows",
  },
  "ad-overdue": {
    verdict: "counted",
    summary: "The ad that never ended was over at its length.",
    advice: "Send `adComplete` or `adSkip` for each ad, even if it failed.",
    decides: "what follows",
  },
  "ad-overtaken": {
    verdict: "counted",
    summary: "Main content plays while an ad without an end is open: it failed.",
    advice: "Send `adSkip` and `adBreakComplete` when an ad fails and content goes on.",
    decides: "what follows",
  },
  "break-never-completed": {
    verdict: "counted",
    summary: "The break without a completion ended with its last ad.",
    advice: "Send `adBreakComplete` for each break.",
    decides: "what follows",
  },
  "break-over-by-playhead": {
    verdict: "counted",
    summary: "The playhead goes on in a break without an ad: the break is over.",
    advice: "Send `adBreakComplete` as soon as content goes on.",
    decides: "what follows",
  },
  "play-implied": {
    verdict: "counted",
    summary: "The playhead goes on though no `play` said so: main content plays.",
    advice: "Send `play` when content goes on after a start, pause or buffer.",
    decides: "what follows",
  },
  "gap-unobserved": {
    verdict: "counted",
    summary: "Of the long time without an event only as much counts as the playhead bears out.",
    advice: "Send a `ping` every 10 s while content plays, 1 s in ads, and `pauseStart` when the player sleeps.",
    decides: "the gap",
  },
} as const satisfies Readonly<Record<string, MendingDefinition>>;

export type MendingRule = keyof typeof MENDINGS;

export function decidesOf(rule: MendingRule): MendingDefinition["decides"] {
  const row: MendingDefinition = MENDINGS[rule];
  return row.decides;
}

/** Every rule that decides what becomes of an event. */
export const RULES = {
  "in-place": {
    verdict: "counted",
    summary: "It had its effect.",
    advice: null,
  },
  "no-change": {
    verdict: "counted",
    summary: "The state was already what it says; repeating it counts nothing.",
    advice: null,
  },
  "exact-duplicate": {
    verdict: "duplicate",
    summary: "Type, `ts`, playhead and body equal those of an event that arrived before.",
    advice: "Send each event once: a repeated request carries its `Idempotency-Key`, or asks first what came of it.",
  },
  "after-session-end": {
    verdict: "ignored",
    summary: "Its `ts` is after that of `sessionEnd`.",
    advice: "Send `sessionEnd` last; what is still queued goes before it, or keeps the `ts` at which it happened.",
  },
  "ad-outside-break": {
    verdict: "ignored",
    summary: "An ad needs an open ad break; its time is main content.",
    advice: "Send `adBreakStart` before the first `adStart` of a break, and `adBreakComplete` only after its last ad.",
  },
  "nothing-open": {
    verdict: "ignored",
    summary: "It ends an ad, a break, a chapter or a state, and none is open.",
    advice:
      "Send an end only for what was begun: one `adComplete` or `adSkip` an ad, and `stateEnd` with its start's name.",
  },
  "state-limit": {
    verdict: "ignored",
    summary: "The session has ten distinct player states already.",
    advice: "Use at most ten names of player states a session; what varies belongs into `customMetadata`.",
  },
  "state-without-name": {
    verdict: "ignored",
    summary: "A player state needs `media.state.name`.",
    advice: "Give `stateStart` and `stateEnd` the name in `params`: `media.state.name`.",
  },
  "content-ended": {
    verdict: "ignored",
    summary: "After `sessionComplete` only `play` changes the state.",
    advice: "Send `sessionComplete` only at the end of the content; a viewer who watches again begins with `play`.",
  },
  "complete-without-start": {
    verdict: "ignored",
    summary: "A completion counts in a session with a content start.",
    advice: "Send `play` when content begins, and `sessionComplete` only at the end of what was played.",
  },
  "second-start": {
    verdict: "ignored",
    summary: "A session has one `sessionStart`.",
    advice: "Open a session once, with `POST /api/v1/sessions`, and never send `sessionStart` as an event of it.",
  },
  ...MENDINGS,
} as const satisfies Readonly<Record<string, RuleDefinition>>;

export type Rule = keyof typeof RULES;

const MENDED = "mended:" satisfies `${FlagRule}:`;

/** The rules that mended something at an event, by the fold's own flags. */
export function mendingsIn(flags: readonly string[]): MendingRule[] {
  const mended = flags.filter((flag) => flag.startsWith(MENDED));
  return mended.map((flag) => flag.slice(MENDED.length) as MendingRule);
}

/** Whether an event had its own effect: a mending that it showed takes the place of the rule that says so. */
export function hadEffect(rule: Rule): boolean {
  return rule === "in-place" || rule in MENDINGS;
}
