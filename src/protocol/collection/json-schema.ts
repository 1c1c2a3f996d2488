/** What `GET /api/v1/schemas` and `playhead schema` show: the schemas of the mode in force. */

import type { TSchema } from "typebox";
import { CATALOGUE, findEntry } from "../catalogue.ts";
import type { EventType } from "../event.ts";
import type { ValidationMode } from "../mode.ts";

interface SchemaLink {
  readonly eventType: EventType;
  readonly href: string;
  readonly summary: string;
}

/** Lists every event type with the path of its schema. */
export function listSchemas(): readonly SchemaLink[] {
  return CATALOGUE.map(({ type, summary }) => ({ eventType: type, href: `/api/v1/schemas/${type}`, summary }));
}

/** The schema of an event type or alias; undefined for an unknown one. */
export function findSchema(eventType: string, mode: ValidationMode): TSchema | undefined {
  const entry = findEntry(eventType);
  if (!entry) return undefined;
  const { schemaOf } = require("./envelope.ts") as typeof import("./envelope.ts");
  return schemaOf(entry, mode);
}
