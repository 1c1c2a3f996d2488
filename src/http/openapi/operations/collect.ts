/** Operations of players: open a session, send its events, send downloaded content. */

import Type from "typebox";
import { counted } from "../../../base/counted.ts";
import type { RequestErrorCode } from "../../../base/errors.ts";
import { DOWNLOADED_EXAMPLE, EVENT_EXAMPLES } from "../../../protocol/collection/examples.ts";
import { downloadedSchema, openingSchema, runningEventSchema } from "../../../protocol/collection/openapi.ts";
import { EVENT_TYPES } from "../../../protocol/event.ts";
import type { ApiFacts, Example, Operation, OperationAnswer, OperationBody } from "../operation.ts";
import { SID, SID_EXAMPLE } from "../values.ts";

const ANY_TYPE = "Any `Content-Type` is taken as long as the bytes are JSON.";
const KEYED =
  "A request that is made again under the same `Idempotency-Key` within 24 hours opens no second session, even after " +
  "a restart. Another path or body under the key is refused with 409.";
const HEADERS = {
  "Idempotency-Key": Type.String({
    // A header's value is limited already, so no pattern refuses it: a value that can be guessed counts as none.
    description:
      "Unguessable, and new for each opening, such as a UUID: 16 to 100 letters, digits, `_.:-`. Any other is none.",
    examples: ["0d5a2f7e-6a3c-4b0e-9d51-5b1f0c9f7a42"],
  }),
};
const NOT_STORED: readonly RequestErrorCode[] = [
  "origin-refused",
  "rate-limited",
  "overloaded",
  "store-full",
  "store-failed",
];
const NOT_OPENED: readonly RequestErrorCode[] = ["report-suite-refused", ...NOT_STORED];
const DOWNLOADED: Example = { summary: "Downloaded content", value: DOWNLOADED_EXAMPLE };

const CREATED: OperationAnswer = {
  description: "The session is stored. The body is empty.",
  headers: {
    Location: Type.String({
      pattern: "^/api/v1/sessions/[0-9a-f]{64}$",
      description: "Where its events go, with `/events` appended. Always relative, without a prefix.",
      examples: [`/api/v1/sessions/${SID_EXAMPLE}`],
    }),
  },
};

/** `POST /api/v1/…` */
export function collectOperations(facts: ApiFacts): readonly Operation[] {
  return [
    {
      id: "openSession",
      method: "POST",
      path: "/api/v1/sessions",
      tag: "Collect",
      summary: "Open a session",
      description: [
        "Takes one `sessionStart`, or downloaded content as one array whose `sessionStart` has " +
          '`"media.downloaded": true`. A live `sessionStart` must not have it.',
        `${KEYED} Without one, the body of a start that names a viewer, and whose \`ts\` is of today, is known for a ` +
          "minute: sent again 300 ms or more after the last one, it is answered with the same session as long as " +
          "that has no event.",
      ].join("\n\n"),
      headers: HEADERS,
      body: openingBody(facts),
      answers: { 201: CREATED },
      errors: ["key-reused", ...NOT_OPENED],
    },
    {
      id: "addEvent",
      method: "POST",
      path: "/api/v1/sessions/:sid/events",
      tag: "Collect",
      summary: "Add an event to a session",
      description:
        "Takes one event, never `sessionStart`. The event is on disk when its answer is sent. A player that gets " +
        "404 or 410 opens a new session. One that goes before its start is answered may send under the start's " +
        "`Idempotency-Key` in place of the id.",
      parameters: { sid: SID },
      body: eventBody(facts),
      answers: { 204: { description: "The event is stored." } },
      errors: ["session-not-found", "session-closed", ...NOT_STORED],
    },
    {
      id: "addDownloaded",
      method: "POST",
      path: "/api/v1/downloaded",
      tag: "Collect",
      summary: "Store downloaded content",
      description: [
        "Takes all events of a session that was played offline: `sessionStart` first, with or without " +
          "`media.downloaded`. All or nothing: one invalid event refuses the array, and its index is in the pointer.",
        `${KEYED} Without one, an array that names a viewer is known by its body for as long.`,
      ].join("\n\n"),
      headers: HEADERS,
      body: downloadedBody(facts),
      answers: { 201: CREATED },
      errors: ["key-reused", ...NOT_OPENED],
    },
  ];
}

function openingBody({ validation, arrayEventsMax, bodyBytesMax, arrayBytesMax }: ApiFacts): OperationBody {
  return {
    description: `${ANY_TYPE} At most ${counted(bodyBytesMax, "byte")}, an array ${counted(arrayBytesMax, "byte")}.`,
    schema: openingSchema(validation, arrayEventsMax),
    examples: {
      sessionStart: { summary: "A live session", value: EVENT_EXAMPLES.sessionStart },
      downloaded: DOWNLOADED,
    },
  };
}

function eventBody({ validation, bodyBytesMax }: ApiFacts): OperationBody {
  const types = EVENT_TYPES.filter((type) => type !== "sessionStart");
  // Playback first: most readers of an example want to send that.
  const ordered = [...new Set(["play", ...types] as const)];
  return {
    description: `${ANY_TYPE} At most ${counted(bodyBytesMax, "byte")}.`,
    schema: runningEventSchema(validation),
    examples: Object.fromEntries(ordered.map((type) => [type, { summary: type, value: EVENT_EXAMPLES[type] }])),
  };
}

function downloadedBody({ validation, arrayEventsMax, arrayBytesMax }: ApiFacts): OperationBody {
  return {
    description: `${ANY_TYPE} At most ${counted(arrayBytesMax, "byte")}.`,
    schema: downloadedSchema(validation, arrayEventsMax),
    examples: { downloaded: DOWNLOADED },
  };
}
