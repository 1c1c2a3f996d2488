/** The very schemas that Playhead validates with, for programs of bench/peers. */

import { writeFileSync } from "node:fs";
import { findSchema, listSchemas } from "../../src/protocol/collection/json-schema.ts";

export function writePeerSchemas(path: string): void {
  const types = listSchemas().map(({ eventType }) => eventType);
  const events = types.filter((type) => type !== "sessionStart").map(schemaOf);
  writeFileSync(path, JSON.stringify({ start: schemaOf("sessionStart"), events }));
}

/** Without its names, which are for a web of schemas that no framework here reads. */
function schemaOf(type: string) {
  const { $schema: _, $id: __, ...schema } = findSchema(type, "standard") as Record<string, unknown>;
  return schema;
}
