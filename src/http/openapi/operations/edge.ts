/** Operations of players that speak Media Edge. */

import Type from "typebox";
import type { RequestErrorCode } from "../../../base/errors.ts";
import {
  ANSWER_SCHEMA,
  answerExample,
  BATCH_SCHEMA,
  CONSENT_SCHEMA,
  DOWNLOADED_EXAMPLE_OF_EDGE,
  DOWNLOADED_SCHEMA,
  EDGE_ENTRIES,
  ERROR_SCHEMA,
  eventsSchema,
  exampleOf,
} from "../../../protocol/edge/openapi.ts";
import { EDGE_PATHS } from "../../edge/paths.ts";
import { EDGE_STATUSES, edgeErrorOf } from "../../edge/refusal.ts";
import type { ApiFacts, Failure, Operation, OperationAnswer, OperationBody } from "../operation.ts";
import { SID_EXAMPLE } from "../values.ts";

const QUERY = Type.Object({
  configId: Type.String({ description: "The datastream. Only events may leave it out.", examples: ["stream-1"] }),
  requestId: Type.Optional(Type.String({ description: "The request's id, the same when it is sent again." })),
});
const REQUEST_ID = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
const FAILURE: Failure = {
  schema: ERROR_SCHEMA,
  contentType: "application/problem+json",
  example: (status, message) => edgeErrorOf({ status, message, requestId: REQUEST_ID }),
  statuses: EDGE_STATUSES,
};
const COMMON = { method: "POST", tag: "Media Edge", query: QUERY, failure: FAILURE } as const;
const ANSWERED: OperationAnswer = {
  description: "Handles, which clients filter by their type.",
  schema: ANSWER_SCHEMA,
  contentType: "application/json;charset=utf-8",
  example: answerExample(REQUEST_ID, SID_EXAMPLE),
};
const PARTLY: OperationAnswer = {
  ...ANSWERED,
  description: "As 200, with what was refused in `errors`: nothing of it is stored.",
};
const STORED: OperationAnswer = { description: "The event is stored." };
const NOT_STORED: readonly RequestErrorCode[] = [
  "origin-refused",
  "rate-limited",
  "overloaded",
  "store-full",
  "store-failed",
  "report-suite-refused",
];

/** `POST /ee/…` */
export function edgeOperations({ validation, edgeBases }: ApiFacts): readonly Operation[] {
  const [base] = edgeBases;
  if (base === undefined) return [];
  const pathOf = (name: keyof typeof EDGE_PATHS) => `/${base}/${EDGE_PATHS[name]}`;
  return [
    {
      ...COMMON,
      id: "edgeEvent",
      path: pathOf("media"),
      summary: "Send one event of media",
      description:
        "`sessionStart` opens a session, whose id is in the answer's handle `media-analytics:new-session`. " +
        "`downloaded` takes whole sessions. Any other event names its session and is answered 204.",
      parameters: {
        event: Type.String({ description: "The event without `media.`, or `downloaded`.", examples: ["sessionStart"] }),
      },
      body: eventBody(validation),
      answers: { 200: ANSWERED, 204: STORED, 207: PARTLY },
      errors: ["not-found", "session-not-found", "session-closed", ...NOT_STORED],
    },
    ...pageOperations(pathOf),
  ];
}

/** What pages send beside events of media. */
function pageOperations(pathOf: (name: keyof typeof EDGE_PATHS) => string): readonly Operation[] {
  return [
    {
      ...COMMON,
      id: "edgeInteract",
      path: pathOf("interact"),
      summary: "Send a page's events",
      description: "Events of media open and follow sessions, each by itself. Others are answered and not stored.",
      body: {
        description: "Any `Content-Type`.",
        schema: BATCH_SCHEMA,
        examples: { start: startExample() },
      },
      answers: { 200: ANSWERED, 207: PARTLY },
      errors: NOT_STORED,
    },
    {
      ...COMMON,
      id: "edgeCollect",
      path: pathOf("collect"),
      summary: "Send a page's last events",
      description: "As `interact`, for a page that leaves: the answer says nothing of its events.",
      body: {
        description: "Any `Content-Type`.",
        schema: BATCH_SCHEMA,
        examples: { start: startExample() },
      },
      answers: { 204: { description: "What can be stored is." } },
      errors: NOT_STORED,
    },
    {
      ...COMMON,
      id: "edgeSetConsent",
      path: pathOf("setConsent"),
      summary: "Keep a viewer's consent",
      description: "The client keeps it, where an organisation is configured. After `out` nothing of it is stored.",
      body: {
        description: "Any `Content-Type`.",
        schema: CONSENT_SCHEMA,
        examples: {
          in: {
            summary: "Consent",
            value: { consent: [{ standard: "Adobe", version: "1.0", value: { general: "in" } }] },
          },
        },
      },
      answers: { 200: ANSWERED },
      errors: NOT_STORED,
    },
    {
      ...COMMON,
      id: "edgeAcquireIdentity",
      path: pathOf("acquireIdentity"),
      summary: "Ask for an identity",
      description: "Gives a new ECID where an organisation is configured, and else what the client has already.",
      body: {
        description: "Any `Content-Type`.",
        schema: BATCH_SCHEMA,
        examples: { fetch: { summary: "An ECID", value: { query: { identity: { fetch: ["ECID"] } } } } },
      },
      answers: { 200: ANSWERED },
      errors: NOT_STORED,
    },
  ];
}

function startExample() {
  return { summary: "A session's start", value: exampleOf("sessionStart", SID_EXAMPLE) };
}

function eventBody(mode: ApiFacts["validation"]): OperationBody {
  return {
    description: "Any `Content-Type`. Only `downloaded` takes more than one event, and a larger body.",
    schema: Type.Unsafe({ oneOf: [eventsSchema(EDGE_ENTRIES, mode), DOWNLOADED_SCHEMA] }),
    examples: {
      sessionStart: startExample(),
      ...Object.fromEntries(
        EDGE_ENTRIES.filter(({ type }) => type !== "sessionStart").map(({ type }) => [
          type,
          { summary: type, value: exampleOf(type, SID_EXAMPLE) },
        ]),
      ),
      downloaded: { summary: "Downloaded content", value: DOWNLOADED_EXAMPLE_OF_EDGE },
    },
  };
}
