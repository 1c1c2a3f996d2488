/** What a peer checks bodies with. */

import { writeFileSync } from "node:fs";
import { findSchema, listSchemas } from "../../src/protocol/collection/json-schema.ts";

/** The very schemas that Playhead validates with; their names are for a web of schemas that no framework here reads. */
export function writeSchemas(path: string): void {
  const schemaOf = (type: string) => {
    const { $schema: _, $id: __, ...schema } = findSchema(type, "standard") as Record<string, unknown>;
    return schema;
  };
  const types = listSchemas().map(({ eventType }) => eventType);
  const events = types.filter((type) => type !== "sessionStart").map(schemaOf);
  writeFileSync(path, JSON.stringify({ start: schemaOf("sessionStart"), events }));
}
