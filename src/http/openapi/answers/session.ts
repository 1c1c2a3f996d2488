/** Sessions as the admin API gives them: what `answers/session.ts` makes, as schemas. */

import Type from "typebox";
import { DERIVED_WORDS } from "../../../protocol/derived.ts";
import { CLOSE_REASONS } from "../../../sessions/deadline.ts";
import { FOLD_FAILURES } from "../../../sessions/fold-failures.ts";
import { RULES, VERDICTS } from "../../../sessions/ledger.ts";
import { METRICS } from "../../../sessions/metrics.ts";
import { AD_QUARTILES } from "../../../sessions/rows.ts";
import { PLAYBACK_STATES } from "../../../sessions/state.ts";
import { INTERVALS } from "../../../sessions/timeline.ts";
import { CONTENT_SEGMENT, instant, nullable, oneOf, SID, seconds, wordOf } from "../values.ts";

const SCALAR_TYPES = ["string", "number", "boolean"] as const;

const PARAMS = Type.Unsafe({
  type: "object",
  description: "The keys that were sent, as the catalogue of keys names them.",
  additionalProperties: { type: [...SCALAR_TYPES, "object", "array"] },
});
const METADATA = Type.Record(Type.String(), Type.String(), { description: "Keys and texts of the player's own." });

const SENT = Type.Unsafe({ type: [...SCALAR_TYPES, "null"], description: "As it was sent; null if it was not." });

/** The catalogue's numbers, and three more for each custom player state. */
const METRICS_ANSWER = Type.Object(
  Object.fromEntries(
    METRICS.map(({ id, unit, definition }) => [
      id,
      // Numbers that were stored under older definitions lack the newer ones.
      Type.Optional(Type.Unsafe({ type: ["number", "null"], description: `${definition} Unit: ${unit}.` })),
    ]),
  ),
  {
    title: "Metrics",
    description: "Every number of a session, and three more a player state. Null where there is none to give.",
    additionalProperties: { type: ["number", "null"] },
  },
);

const SESSION_MEMBERS = {
  sid: SID,
  status: wordOf({ open: "", closed: "" }, "Whether it still takes events."),
  completed: Type.Boolean({
    description: "Whether it is open, and has played its content to the end and nothing since.",
  }),
  startedAt: instant("When it started."),
  closedAt: nullable(instant("When it was closed, by the server's clock.")),
  closeReason: nullable(wordOf(CLOSE_REASONS, "Why it closed.")),
  endTs: nullable(instant("Its end, by the player's clock.")),
  downloaded: Type.Boolean({ description: "Whether it was played offline and sent later." }),
  foldFailure: Type.Optional(
    wordOf(FOLD_FAILURES, "Why its numbers are missing or older: `playhead recompute` or a late event tries again."),
  ),
  params: PARAMS,
  customMetadata: METADATA,
  viewer: Type.Optional(
    Type.String({ description: "Who watches, as a hash; absent for a session that names no viewer." }),
  ),
  derived: Type.Optional(
    Type.Object(Object.fromEntries(DERIVED_WORDS.map(({ key }) => [key, Type.Optional(Type.String())])), {
      description: "What the server knows of the session beside what its player says.",
    }),
  ),
};

export const DEFINITION_CHOICES = Type.Object(
  {
    mendingOff: Type.Array(Type.String({ description: "A rule that only flags." })),
    bitrateUnit: Type.String({ description: "What players report bitrates in." }),
  },
  { description: "What the server chose of its definitions; only where it chose something." },
);

const SESSION = Type.Object(
  {
    ...SESSION_MEMBERS,
    definitions: Type.Integer({ description: "The version of the definitions that its numbers follow." }),
    definitionChoices: Type.Optional(DEFINITION_CHOICES),
    contentSegment: nullable(CONTENT_SEGMENT),
  },
  { title: "Session" },
);

const SESSION_SUMMARY = Type.Object({ ...SESSION_MEMBERS, metrics: METRICS_ANSWER }, { title: "SessionSummary" });

const PERIOD = {
  startTs: instant("When it began, by the player's clock."),
  timeSpent: seconds("Time spent in it."),
  completed: Type.Boolean({ description: "Whether it was watched to its end." }),
  params: PARAMS,
  customMetadata: METADATA,
};
const SKIPPED = Type.Boolean({ description: "Whether it was skipped." });

const AD_BREAK = Type.Object(
  {
    index: Type.Integer({ minimum: 1, description: "Its number in the session." }),
    name: SENT,
    position: SENT,
    offset: SENT,
    ...PERIOD,
    adCount: Type.Integer({ minimum: 0, description: "How many ads it had." }),
  },
  { title: "AdBreak" },
);

const AD = Type.Object(
  {
    breakIndex: Type.Integer({ minimum: 1, description: "The `index` of its break." }),
    id: SENT,
    name: SENT,
    position: SENT,
    length: SENT,
    ...PERIOD,
    skipped: SKIPPED,
    errors: Type.Integer({ minimum: 0, description: "Errors while it was open." }),
    abandoned: Type.Boolean({ description: "Whether the session closed while it was open." }),
    quartiles: Type.Integer({
      minimum: 0,
      maximum: AD_QUARTILES.length,
      description: "How many quarters of its length played; the last one is `completed`. 0 if its length is unknown.",
    }),
  },
  { title: "Ad" },
);

const CHAPTER = Type.Object(
  { name: SENT, position: SENT, offset: SENT, length: SENT, ...PERIOD, skipped: SKIPPED },
  { title: "Chapter" },
);

const PLAYER_STATE = Type.Object(
  {
    name: Type.String({ description: "As the player called it." }),
    count: Type.Integer({ minimum: 0, description: "How often it became active." }),
    totalDuration: seconds("How long it was active."),
  },
  { title: "PlayerState", description: "Full screen, mute, captions and the like." },
);

const PLAYER_ERROR = Type.Object(
  {
    ts: instant("When it occurred, by the player's clock."),
    playhead: seconds("Where in the content."),
    id: nullable(Type.String({ description: "The player's id of it." })),
    source: nullable(Type.String({ description: "`player` or `external`, as it was sent." })),
  },
  { title: "PlayerError" },
);

const LEDGER_EVENT = Type.Object(
  {
    type: Type.String({ description: "Its event type." }),
    ts: instant("By the player's clock."),
    mendedTs: Type.Optional(instant("The instant by which it counts; only where that is another one.")),
    playhead: seconds("Position in the content."),
    receivedAt: instant("When it arrived, by the server's clock."),
    params: PARAMS,
    qoeData: Type.Unsafe({
      type: "object",
      description: "Quality of experience, as it was sent.",
      additionalProperties: { type: SCALAR_TYPES },
    }),
    customMetadata: METADATA,
    unknownMembers: Type.Optional(
      Type.Unsafe({
        type: "object",
        description: "Members that no event has; only where some were sent.",
        additionalProperties: { type: SCALAR_TYPES },
      }),
    ),
    requestId: Type.Optional(Type.String({ description: "Of Media Edge: the id that its client repeats it under." })),
    xdm: Type.Optional(
      Type.Unsafe({
        type: "object",
        description: "Of Media Edge: the event as it was sent, without its identity map.",
      }),
    ),
    verdict: wordOf(VERDICTS, "What became of it."),
    rule: wordOf(RULES, "The rule that gave the verdict."),
    flags: Type.Array(Type.String(), { description: "What validation and the fold noticed: `rule`, or `rule:key`." }),
    stateAfter: oneOf(PLAYBACK_STATES, "Main content's state after it."),
    breakStateAfter: nullable(oneOf(PLAYBACK_STATES, "The open ad break's state after it.")),
    interval: Type.Object(
      {
        seconds: Type.Number({ minimum: 0, description: "How long it was." }),
        countedAs: wordOf(INTERVALS, "What that time belongs to."),
        others: Type.Optional(
          Type.Array(
            Type.Object({
              seconds: Type.Number({ minimum: 0, description: "How long it was." }),
              countedAs: wordOf(INTERVALS, "What that time belongs to."),
            }),
            { description: "The parts after the first, if the interval falls into several." },
          ),
        ),
        mended: Type.Optional(
          Type.Number({ minimum: 0, description: "Seconds that count as another kind than without mending." }),
        ),
        fast: Type.Optional(
          Type.Boolean({
            description:
              "True if the playhead went on faster than time. Without `watched` and `seeks` it is the session's " +
              "first such interval: watched if there is no other, or else a seek.",
          }),
        ),
        watched: Type.Optional(
          Type.Number({ minimum: 0, description: "Seconds of the content that were watched; only where some were." }),
        ),
        seeks: Type.Optional(
          Type.Array(Type.Number({ description: "Seconds, negative where it went back." }), {
            description: "How far the viewer moved the playhead, each seek by itself.",
          }),
        ),
      },
      { description: "The time up to the next event." },
    ),
  },
  { title: "LedgerEvent", description: "An event as it was taken, with what became of it." },
);

const EVENTS_MEMBERS = {
  events: Type.Array(LEDGER_EVENT, {
    description: "In folded order: as many as were asked for, or fewer where they are large.",
  }),
  eventsTotal: Type.Integer({ minimum: 0, description: "How many events the session has." }),
  nextCursor: nullable(Type.String({ description: "The `cursor` of the next events; null after the last." })),
};

/** `GET /admin/api/sessions` */
export const SESSION_PAGE = Type.Object(
  {
    sessions: Type.Array(SESSION_SUMMARY),
    nextCursor: nullable(Type.String({ description: "The `cursor` of the next page; null on the last." })),
    damaged: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: "How many sessions of this page are left out, since the disk has damaged them.",
      }),
    ),
  },
  { title: "SessionPage" },
);

/** `GET /admin/api/sessions/{sid}` */
const UNMENDED = Type.Unsafe<object>({
  ...METRICS_ANSWER,
  title: "UnmendedMetrics",
  description: "The same numbers without any mending; only where a rule mended something.",
});

export const SESSION_DETAIL = Type.Object(
  {
    session: SESSION,
    metrics: METRICS_ANSWER,
    unmended: Type.Optional(UNMENDED),
    ads: Type.Array(AD),
    adBreaks: Type.Array(AD_BREAK),
    chapters: Type.Array(CHAPTER),
    states: Type.Array(PLAYER_STATE),
    errors: Type.Array(PLAYER_ERROR),
    rowsTotal: Type.Object(
      Object.fromEntries(["ads", "adBreaks", "chapters", "errors"].map((kind) => [kind, Type.Integer({ minimum: 0 })])),
      { description: "How many of each there were: of a long session only the first are kept, and listed above." },
    ),
    watched: Type.Array(Type.Array(Type.Number({ description: "Seconds." }), { minItems: 2, maxItems: 2 }), {
      description: "The parts of the content that were watched, from and to, without overlap.",
    }),
    ...EVENTS_MEMBERS,
  },
  { title: "SessionDetail" },
);

/** `GET /admin/api/sessions/{sid}/events` */
export const SESSION_EVENTS = Type.Object(EVENTS_MEMBERS, { title: "SessionEvents" });
