/** Operations that tell what is going on now. */

import Type from "typebox";
import { DAY_MS, MINUTE_MS } from "../../../base/units.ts";
import type { Operation } from "../operation.ts";
import { count, nullable } from "../values.ts";

const TITLE = Type.Object({ title: Type.String(), id: Type.String(), playing: count("Sessions that play it.") });

const MINUTE = Type.Object({
  time: Type.Integer({ description: "The minute's first instant, milliseconds since the epoch." }),
  starts: count("Sessions that were opened."),
  events: count("Events that were stored."),
  errors: count("`error` events among them."),
  rejected: nullable(count("Requests that were refused; null for a limited token.")),
  playingMax: count("Most sessions that played at a second of it."),
  rebufferingRatio: nullable(Type.Number({ description: "Waiting for data among playing and waiting." })),
});

const ERROR_PLAYER = Type.Object({
  player: nullable(Type.String({ description: "`media.playerName`; null where it is not known." })),
  share: Type.Number({ minimum: 0, maximum: 1, description: "Its share of the errors." }),
});

const SNAPSHOT = Type.Object(
  {
    now: Type.Integer({ description: "Milliseconds since the epoch." }),
    since: Type.Integer({ description: "When the server began to count; minutes before it are empty." }),
    openSessions: count("Sessions that are open."),
    playing: count("Of these, playing content or an ad."),
    paused: count("Paused."),
    buffering: count("Waiting for data."),
    inAds: count("In an ad break."),
    completed: count("Open, played to the end, and nothing since."),
    startsPerMinute: count("Sessions opened in the last sixty seconds."),
    eventsPerMinute: count("Events stored in the last sixty seconds."),
    errorsPerMinute: count("`error` events among them."),
    errorPlayers: Type.Array(ERROR_PLAYER, {
      maxItems: 3,
      description: "The players that met most of these errors, or of the latest 200 of them.",
    }),
    rejectedPerMinute: nullable(count("Requests refused in the last sixty seconds; null for a limited token.")),
    rebufferingRatio: Type.Unsafe<number | null>({
      type: ["number", "null"],
      description: "Waiting for data among playing and waiting, over the last five minutes; null without either.",
    }),
    topTitles: Type.Array(TITLE, { maxItems: 10, description: "What most sessions play." }),
    minutes: Type.Array(MINUTE, { minItems: 60, maxItems: 60, description: "The last hour, the oldest minute first." }),
  },
  { title: "LiveSnapshot" },
);

const EXAMPLE_MS = 1_790_000_000_000;
const EXAMPLE = {
  now: EXAMPLE_MS,
  since: EXAMPLE_MS - DAY_MS,
  openSessions: 5,
  playing: 2,
  paused: 1,
  buffering: 0,
  inAds: 1,
  completed: 2,
  startsPerMinute: 1,
  eventsPerMinute: 18,
  errorsPerMinute: 1,
  errorPlayers: [{ player: "HTML5", share: 1 }],
  rejectedPerMinute: 0,
  rebufferingRatio: 0.004,
  topTitles: [{ title: "My film", id: "my-film", playing: 2 }],
  minutes: Array.from({ length: 60 }, (_, at) => ({
    time: Math.floor(EXAMPLE_MS / MINUTE_MS - 59 + at) * MINUTE_MS,
    starts: 1,
    events: 18,
    errors: 0,
    rejected: 0,
    playingMax: 2,
    rebufferingRatio: 0.004,
  })),
};

const STREAM = Type.String({ description: "Server-sent events." });
const EVENT_STREAM = "text/event-stream";

/** `GET /admin/api/live`, its snapshot, and its tail. */
export function liveOperations(): readonly Operation[] {
  return [
    {
      id: "getLiveSnapshot",
      method: "GET",
      path: "/admin/api/live/snapshot",
      tag: "Live",
      summary: "What is going on now",
      admin: true,
      answers: {
        200: { description: "Counts of this moment and of the last hour.", schema: SNAPSHOT, example: EXAMPLE },
      },
    },
    {
      id: "streamLive",
      method: "GET",
      path: "/admin/api/live",
      tag: "Live",
      summary: "The same, each second",
      description:
        "A stream of `snapshot` events, the first of them at once. Between them come `event` for each `error` event " +
        "and `rejected` for each refused request, as the tail has them: five a second, and `dropped` counts the rest.",
      admin: true,
      answers: {
        200: {
          description: "A stream without an end.",
          schema: STREAM,
          contentType: EVENT_STREAM,
          example: "event: snapshot",
        },
      },
      errors: ["overloaded"],
    },
    {
      id: "tailLive",
      method: "GET",
      path: "/admin/api/live/tail",
      tag: "Live",
      summary: "Everything as it arrives",
      description:
        "A stream of `event` for each stored event, `session` for each session that opens or closes, `rejected` for " +
        "each refused request with what was wrong, and `dropped` with a count where more than 500 a second came. " +
        "`earlier` comes first, with at most twenty requests that were `rejected` in the last ten minutes. A limited " +
        "token gets no refused request, since nothing says whose session it was.",
      admin: true,
      query: Type.Object({
        sid: Type.Optional(Type.String({ description: "Only of this session.", examples: ["0".repeat(64)] })),
        player: Type.Optional(Type.String({ description: "Only of this `media.playerName`.", examples: ["web"] })),
      }),
      answers: {
        200: {
          description: "A stream without an end.",
          schema: STREAM,
          contentType: EVENT_STREAM,
          example: "event: event",
        },
      },
      errors: ["overloaded"],
    },
  ];
}
