/** How a player is mended that breaks a rule of the ledger, for its integrator. */

import type { Rule } from "./ledger.ts";

/** By rule; null where there is nothing to mend. */
export const RULE_ADVICE: Readonly<Record<Rule, string | null>> = {
  "in-place": null,
  "no-change": null,
  "exact-duplicate":
    "Send each event once: a repeated request carries its `Idempotency-Key`, or asks first what came of it.",
  "after-session-end":
    "Send `sessionEnd` last; what is still queued goes before it, or keeps the `ts` at which it happened.",
  "ad-outside-break":
    "Send `adBreakStart` before the first `adStart` of a break, and `adBreakComplete` only after its last ad.",
  "nothing-open":
    "Send an end only for what was begun: one `adComplete` or `adSkip` an ad, and `stateEnd` with its start's name.",
  "state-limit": "Use at most ten names of player states a session; what varies belongs into `customMetadata`.",
  "state-without-name": "Give `stateStart` and `stateEnd` the name in `params`: `media.state.name`.",
  "content-ended":
    "Send `sessionComplete` only at the end of the content; a viewer who watches again begins with `play`.",
  "complete-without-start":
    "Send `play` when content begins, and `sessionComplete` only at the end of what was played.",
  "second-start": "Open a session once, with `POST /api/v1/sessions`, and never send `sessionStart` as an event of it.",
  "clock-forward": "Take `ts` from a monotonic clock, added to the time at the session's start.",
  "clock-back": "Take `ts` from a monotonic clock, added to the time at the session's start.",
  "same-tick":
    "Send openers before what they hold, and closers before their successors: `adBreakStart`, then `adStart`.",
  "complete-in-break": "Send `adBreakComplete` when a break is over, before `sessionComplete`.",
  "break-over-by-play": "Send `adBreakComplete` before the `play` of main content.",
  "ad-overdue": "Send `adComplete` or `adSkip` for each ad, even if it failed.",
  "ad-overtaken": "Send `adSkip` and `adBreakComplete` when an ad fails and content goes on.",
  "break-never-completed": "Send `adBreakComplete` for each break.",
  "break-over-by-playhead": "Send `adBreakComplete` as soon as content goes on.",
  "play-implied": "Send `play` when content goes on after a start, pause or buffer.",
  "gap-unobserved":
    "Send a `ping` every 10 s while content plays, 1 s in ads, and `pauseStart` when the player sleeps.",
};
