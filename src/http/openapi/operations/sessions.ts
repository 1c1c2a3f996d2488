/** Operations of operators: the list of sessions, and one session with its events. */

import Type from "typebox";
import { SESSION_FORMATS } from "../../../answers/session.ts";
import { DOWNLOADED_EXAMPLE } from "../../../protocol/collection/examples.ts";
import { FILTERS_MAX } from "../../../reports/query/filter.ts";
import { EVENTS, LIMIT, LIMIT_DEFAULT, SEARCH, STATUSES } from "../../handlers/sessions.ts";
import { SESSION_DETAIL, SESSION_EVENTS, SESSION_PAGE } from "../answers/session.ts";
import { XDM_SESSION } from "../answers/xdm.ts";
import type { ApiFacts, Operation } from "../operation.ts";
import { type SessionExample, sessionExample } from "../session-example.ts";
import { instant, QUERY_ZONE, queryInstant, SID } from "../values.ts";
import { REPORT_ERRORS } from "./reports.ts";

const FILTERS = Type.Array(Type.String(), {
  maxItems: FILTERS_MAX,
  description:
    "`NAME OPERATOR VALUE` as reports have it, such as `media.channel==web` or `errorEvents>0`; several of " +
    "them all apply. Open sessions pass by their numbers of some seconds ago.",
  examples: [["media.channel==web"]],
});

const SEARCHED = Type.String({
  minLength: SEARCH.min,
  maxLength: SEARCH.max,
  description:
    "Only sessions whose `media.name` or `media.id` contains the text, in upper or lower case; whose visitor has " +
    "exactly this id, in any key of personal data; or whose sid begins with it. Open sessions are found as of some " +
    "seconds ago; a whole sid without a filter finds its session, and that one alone, as soon as it has started.",
  examples: ["dune"],
});

const LISTED = Type.Integer({
  minimum: LIMIT.min,
  maximum: LIMIT.max,
  default: LIMIT_DEFAULT,
  description: "Sessions on a page.",
});
const CURSOR = Type.String({ description: "The `nextCursor` of the page before." });

/** What may keep a long session from being folded. */
const FOLD_ERRORS = ["overloaded", "deadline-exceeded", "session-too-long"] as const;

/** `GET /admin/api/sessions…`, `POST /admin/api/fold` */
export function sessionOperations({ arrayEventsMax: eventsMax }: ApiFacts): readonly Operation[] {
  const example = sessionExample();
  return [
    {
      id: "listSessions",
      method: "GET",
      path: "/admin/api/sessions",
      tag: "Sessions",
      summary: "List sessions",
      description: "A page of sessions, newest first, with their numbers.",
      admin: true,
      query: Type.Object({
        search: Type.Optional(SEARCHED),
        status: Type.Optional(Type.Enum([...STATUSES], { description: "Only open ones, or only closed ones." })),
        from: Type.Optional(queryInstant("Only sessions that started at this instant or later.")),
        to: Type.Optional(queryInstant("Only sessions that started before this instant.", "2023-12-01")),
        timezone: Type.Optional(QUERY_ZONE),
        filter: Type.Optional(FILTERS),
        limit: Type.Optional(LISTED),
        cursor: Type.Optional(CURSOR),
      }),
      answers: {
        200: { description: "A page.", schema: SESSION_PAGE, example: example.page },
      },
      errors: REPORT_ERRORS,
    },
    ofViewer(example),
    {
      id: "getSession",
      method: "GET",
      path: "/admin/api/sessions/:sid",
      tag: "Sessions",
      summary: "Get a session",
      description:
        "One session with its numbers, ads, chapters, player states and errors, and its first 1,000 events with " +
        "what became of each. Folded from the stored events at the moment of asking, open or closed; the numbers of " +
        "a session with more than 2,000 events may be older, by twenty times what its last fold took.",
      admin: true,
      parameters: { sid: SID },
      query: Type.Object({
        format: Type.Optional(
          Type.Enum([...SESSION_FORMATS], {
            default: SESSION_FORMATS[0],
            description: "`xdm` gives the reference's reporting shape.",
          }),
        ),
      }),
      answers: {
        200: {
          description: "The session.",
          schema: Type.Unsafe({ oneOf: [SESSION_DETAIL, XDM_SESSION] }),
          examples: {
            json: { summary: "As it is counted", value: example.detail },
            xdm: { summary: "In the reference's reporting shape", value: example.xdm },
          },
        },
      },
      errors: [...FOLD_ERRORS, "session-not-found", "store-failed"],
    },
    listEvents(example),
    foldRecording(example, eventsMax),
  ];
}

function listEvents(example: SessionExample): Operation {
  return {
    id: "listSessionEvents",
    method: "GET",
    path: "/admin/api/sessions/:sid/events",
    tag: "Sessions",
    summary: "List a session's events",
    description: "A page of one session's events in folded order, each with what became of it.",
    admin: true,
    parameters: { sid: SID },
    query: Type.Object({
      limit: Type.Optional(
        Type.Integer({
          minimum: EVENTS.min,
          maximum: EVENTS.max,
          default: EVENTS.max,
          description: "Events on a page; where they are large, a page has fewer.",
        }),
      ),
      cursor: Type.Optional(Type.String({ description: "The `nextCursor` of the page before, or of the session." })),
    }),
    answers: {
      200: { description: "A page.", schema: SESSION_EVENTS, example: example.events },
    },
    errors: [...FOLD_ERRORS, "session-not-found", "store-failed"],
  };
}

/** An event as it is posted, and beside it when it arrived. */
const RECORDED_EVENT = Type.Object(
  {
    eventType: Type.String({ description: "As it is posted; the other members as well." }),
    playerTime: Type.Object({ playhead: Type.Number({ description: "Seconds." }), ts: instant("By the player.") }),
    receivedAt: Type.Optional(instant("When it arrived, on every event of a live session.")),
  },
  { title: "RecordedEvent", additionalProperties: true },
);

function foldRecording({ detail, xdm }: SessionExample, eventsMax: number): Operation {
  return {
    id: "foldRecording",
    method: "POST",
    path: "/admin/api/fold",
    tag: "Sessions",
    summary: "Fold a recorded session",
    description:
      "What the session's own answer would be, with all events at once; nothing is stored. Without `receivedAt` the " +
      "array is taken as downloaded content, with it on every event as a live session that closed as it would have. " +
      "Lines of the export of events, of one session, are taken as well.",
    admin: true,
    query: Type.Object({
      format: Type.Optional(
        Type.Enum([...SESSION_FORMATS], {
          default: SESSION_FORMATS[0],
          description: "`xdm` gives the reference's reporting shape.",
        }),
      ),
    }),
    body: {
      description: "All events of one session, `sessionStart` first, within the bounds of downloaded content.",
      schema: Type.Array(RECORDED_EVENT, { title: "Recording", minItems: 1, maxItems: eventsMax }),
      examples: { downloaded: { summary: "A session as it was posted", value: DOWNLOADED_EXAMPLE } },
    },
    answers: {
      200: {
        description: "The session.",
        schema: Type.Unsafe({ oneOf: [SESSION_DETAIL, XDM_SESSION] }),
        examples: {
          json: { summary: "As it is counted", value: detail },
          xdm: { summary: "In the reference's reporting shape", value: xdm },
        },
      },
    },
    errors: ["body-too-slow", "overloaded", "deadline-exceeded"],
  };
}

function ofViewer(example: SessionExample): Operation {
  return {
    id: "listViewerSessions",
    method: "GET",
    path: "/admin/api/viewers/:hash",
    tag: "Sessions",
    summary: "List a viewer's sessions",
    description:
      "What one viewer watched, newest first, by the hash that sessions have as `viewer`; nothing for a hash that no " +
      "session has. Open sessions are found as of some seconds ago.",
    admin: true,
    parameters: {
      hash: Type.String({
        pattern: "^[0-9a-f]{32}$",
        description: "The `viewer` of a session.",
        examples: ["5f0c1a9be2d34c7789aa0b1c2d3e4f50"],
      }),
    },
    query: Type.Object({
      status: Type.Optional(Type.Enum([...STATUSES], { description: "Only open ones, or only closed ones." })),
      from: Type.Optional(queryInstant("Only sessions that started at this instant or later.")),
      to: Type.Optional(queryInstant("Only sessions that started before this instant.", "2023-12-01")),
      timezone: Type.Optional(QUERY_ZONE),
      limit: Type.Optional(LISTED),
      cursor: Type.Optional(CURSOR),
    }),
    answers: {
      200: { description: "A page.", schema: SESSION_PAGE, example: example.page },
    },
    errors: REPORT_ERRORS,
  };
}
