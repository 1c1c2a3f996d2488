/** Media Edge's part of the OpenAPI document: bodies and answers, with the schemas in force for `mediaCollection`. */

import Type, { type TSchema } from "typebox";
import { CATALOGUE } from "../catalogue.ts";
import type { CatalogueEntry } from "../events.ts";
import type { ValidationMode } from "../mode.ts";
import { newSession } from "./answer.ts";
import { entryNamed } from "./event.ts";
import { collectionSchema } from "./schema.ts";

const INSTANT = "2026-11-29T20:14:32.406Z";
/** XDM has members for all that a page does: those of media are described, others are taken and left alone. */
const OPEN = { additionalProperties: true };
const IDENTITY_MAP = Type.Unsafe({
  type: "object",
  description: "Ids by namespace, such as `ECID`. Personal data: kept as the session's viewer, never with the event.",
});

/** The events of this dialect: each of the catalogue but the two that `statesUpdate` stands for. */
export const EDGE_ENTRIES: readonly CatalogueEntry[] = CATALOGUE.filter(({ type }) => entryNamed(type));

/** `adStart` → `EdgeAdStartEvent`. */
function schemaName(type: string): string {
  return `Edge${type.charAt(0).toUpperCase()}${type.slice(1)}Event`;
}

/** The XDM of one event. */
function xdmSchema(entry: CatalogueEntry, mode: ValidationMode): TSchema {
  const members = {
    eventType: Type.Literal(`media.${entry.type}`),
    timestamp: mode === "strict" ? timestampSchema() : Type.Optional(timestampSchema()),
    _id: Type.Optional(Type.String({ description: "The event's own id, the same when it is sent again." })),
    mediaCollection: collectionSchema(entry, mode),
    identityMap: Type.Optional(IDENTITY_MAP),
  };
  return Type.Object(members, { title: schemaName(entry.type), description: entry.summary, ...OPEN });
}

function timestampSchema(): TSchema {
  return Type.String({ description: "ISO 8601 with an offset.", examples: [INSTANT] });
}

/** A body of events, each by itself. */
export function eventsSchema(entries: readonly CatalogueEntry[], mode: ValidationMode): TSchema {
  const xdm = Type.Unsafe({ oneOf: entries.map((entry) => xdmSchema(entry, mode)) });
  return envelope({ events: Type.Array(Type.Object({ xdm }, OPEN), { minItems: 1, maxItems: 1 }) });
}

/** What a page's own paths take: events of media beside others, or none. */
export const BATCH_SCHEMA: TSchema = envelope({ events: Type.Optional(Type.Array(Type.Object({}, OPEN))) });

export const DOWNLOADED_SCHEMA: TSchema = envelope({
  events: Type.Array(
    Type.Object(
      {
        xdm: Type.Object(
          {
            mediaDownloadedEvents: Type.Array(
              Type.Object(
                {
                  mediaEventType: Type.String({ description: "`media.sessionStart` first, then any other." }),
                  mediaEventTimestamp: timestampSchema(),
                  mediaCollection: Type.Object({}, OPEN),
                },
                OPEN,
              ),
              { description: "All events of one session." },
            ),
          },
          OPEN,
        ),
      },
      OPEN,
    ),
    { description: "Each is a whole session." },
  ),
});

export const CONSENT_SCHEMA: TSchema = envelope({ consent: Type.Array(Type.Object({}, OPEN)) });

function envelope(members: Record<string, TSchema>): TSchema {
  return Type.Object(
    {
      ...members,
      xdm: Type.Optional(Type.Object({}, { description: "What an SDK says once for all events.", ...OPEN })),
      query: Type.Optional(Type.Object({}, OPEN)),
      meta: Type.Optional(
        Type.Object({}, { description: "The state of the browser, and how the answer is framed.", ...OPEN }),
      ),
    },
    OPEN,
  );
}

const DETAILS = Type.Unsafe({
  description: "What is wrong, member by member, or in words.",
  oneOf: [{ type: "string" }, { type: "array", items: Type.Object({ name: Type.String(), reason: Type.String() }) }],
});

/** The answer of 200 and 207. */
export const ANSWER_SCHEMA: TSchema = Type.Object(
  {
    requestId: Type.String(),
    handle: Type.Array(
      Type.Object({
        type: Type.String({ description: "`media-analytics:new-session`, `identity:result` or `state:store`." }),
        eventIndex: Type.Optional(Type.Integer()),
        payload: Type.Array(Type.Object({}, OPEN)),
      }),
    ),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          type: Type.String(),
          status: Type.Integer(),
          title: Type.String(),
          detail: Type.Optional(Type.String()),
          report: Type.Object({ eventIndex: Type.Integer(), details: DETAILS }),
        }),
        { description: "Only where an event was refused." },
      ),
    ),
  },
  { title: "EdgeAnswer" },
);

export const ERROR_SCHEMA: TSchema = Type.Object(
  {
    type: Type.String({ description: "Ends with the number that clients know." }),
    status: Type.Integer(),
    title: Type.String(),
    detail: Type.String(),
    report: Type.Object({ details: Type.Optional(DETAILS), requestId: Type.String() }),
  },
  { title: "EdgeError" },
);

const SESSION_DETAILS = { name: "film-1", playerName: "web", length: 60, channel: "site", contentType: "vod" };
const OBJECTS: Readonly<Record<string, object>> = {
  sessionStart: { sessionDetails: SESSION_DETAILS },
  adBreakStart: { advertisingPodDetails: { index: 1, offset: 0 } },
  adStart: { advertisingDetails: { name: "ad-1", length: 15, podPosition: 1, playerName: "web" } },
  chapterStart: { chapterDetails: { index: 1, length: 30, offset: 0 } },
  error: { errorDetails: { name: "buffer-stalled", source: "player" } },
  bitrateChange: { qoeDataDetails: { bitrate: 3500 } },
  statesUpdate: { statesStart: [{ name: "fullscreen" }], statesEnd: [] },
};

/** A body with one event of a type. */
export function exampleOf(type: string, sid: string): object {
  const session = type === "sessionStart" ? {} : { sessionID: sid };
  const mediaCollection = { playhead: type === "sessionStart" ? 0 : 12, ...session, ...OBJECTS[type] };
  return { events: [{ xdm: { eventType: `media.${type}`, timestamp: INSTANT, mediaCollection } }] };
}

export const DOWNLOADED_EXAMPLE_OF_EDGE: object = {
  events: [
    {
      xdm: {
        eventType: "media.downloaded",
        mediaDownloadedEvents: [
          {
            mediaEventType: "media.sessionStart",
            mediaEventTimestamp: INSTANT,
            mediaCollection: { playhead: 0, sessionDetails: SESSION_DETAILS },
          },
          { mediaEventType: "media.play", mediaEventTimestamp: INSTANT, mediaCollection: { playhead: 0 } },
        ],
      },
    },
  ],
};

/** An answer to a start. */
export function answerExample(requestId: string, sid: string): object {
  return { requestId, handle: [newSession(sid, 0)] };
}
