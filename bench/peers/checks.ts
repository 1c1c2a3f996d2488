/** The schemas as TypeBox compiles them, an event's by its type: for the peers whose framework brings no validation. */

import Schema from "typebox/schema";
import type { JsonSchema, PlayerEvent, Task } from "./contract.ts";

export interface Checks {
  isStart(body: unknown): body is PlayerEvent;
  isEvent(body: unknown): body is PlayerEvent;
}

export function compileChecks({ start, events }: Task): Checks {
  const startCheck = Schema.Compile(start);
  const eventChecks = new Map(
    events.flatMap((schema) => typesOf(schema).map((type) => [type, Schema.Compile(schema)])),
  );
  return {
    isStart: (body): body is PlayerEvent => startCheck.Check(body),
    isEvent: (body): body is PlayerEvent =>
      eventChecks.get((body as PlayerEvent | null)?.eventType ?? "")?.Check(body) ?? false,
  };
}

/** The names that a schema's `eventType` allows. */
function typesOf(schema: JsonSchema): readonly string[] {
  const { eventType } = schema["properties"] as { eventType: { const?: string; enum?: readonly string[] } };
  return eventType.enum ?? [eventType.const ?? ""];
}
