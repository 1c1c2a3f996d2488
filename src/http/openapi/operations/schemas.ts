/** Operations for integrating a player: the schemas in force. */

import Type from "typebox";
import { listSchemas } from "../../../protocol/collection/json-schema.ts";
import { EVENT_TYPES } from "../../../protocol/event.ts";
import { VALIDATION_MODES } from "../../../protocol/mode.ts";
import type { ApiFacts, Operation } from "../operation.ts";

const SCHEMA_LIST = Type.Object(
  {
    validation: Type.Enum([...VALIDATION_MODES], { description: "The mode in force." }),
    schemas: Type.Array(
      Type.Object({
        eventType: Type.Enum([...EVENT_TYPES]),
        href: Type.String({ description: "The path of its schema." }),
        summary: Type.String(),
      }),
    ),
  },
  { title: "SchemaList" },
);

/** `GET /api/v1/schemas…` */
export function schemaOperations({ validation }: ApiFacts): readonly Operation[] {
  return [
    {
      id: "listSchemas",
      method: "GET",
      path: "/api/v1/schemas",
      tag: "Schemas",
      summary: "List the event types",
      answers: {
        200: {
          description: "Every event type with the path of its schema.",
          schema: SCHEMA_LIST,
          example: { validation, schemas: listSchemas().slice(0, 2) },
        },
      },
    },
    {
      id: "getSchema",
      method: "GET",
      path: "/api/v1/schemas/:eventType",
      tag: "Schemas",
      summary: "Get the schema of an event type",
      description: "The very JSON Schema (2020-12) that the server validates such an event with.",
      parameters: {
        eventType: Type.String({ description: "An event type, or an older name of one.", examples: ["adStart"] }),
      },
      answers: {
        200: {
          description: "A JSON Schema.",
          schema: Type.Unsafe({ type: "object", description: "A JSON Schema, draft 2020-12." }),
        },
      },
      errors: ["not-found"],
    },
  ];
}
