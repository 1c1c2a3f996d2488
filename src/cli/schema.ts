/** `playhead schema`: prints the schema of an event, without a server. */

import { didYouMean } from "../base/did-you-mean.ts";
import { loadConfig } from "../config.ts";
import { findSchema, listSchemas } from "../protocol/collection/json-schema.ts";
import type { Command } from "./command.ts";

export const schema: Command = {
  name: "schema",
  operands: "[eventType]",
  operandsMax: 1,
  terms: [
    { name: "eventType", summary: "Such as sessionStart or ping." },
    { name: "(none)", summary: "Lists every event type, with what it means." },
  ],
  summary: "Prints the JSON Schema of an event type, or lists the types.",
  settings: ["validation"],
  example: "playhead schema sessionStart --validation strict",
  async run({ flags, operands: [eventType] }, terminal) {
    const { validation } = loadConfig(terminal.environment, flags).collect;
    if (eventType === undefined) {
      for (const { eventType: name, summary } of listSchemas()) terminal.out(`${name.padEnd(16)} ${summary}\n`);
      return 0;
    }
    const found = findSchema(eventType, validation);
    if (!found) {
      const types = listSchemas().map(({ eventType: name }) => name);
      const hint = didYouMean(eventType, types) || ";";
      terminal.err(`No event type has this name${hint} \`playhead schema\` lists them.\n`);
      return 1;
    }
    terminal.out(`${JSON.stringify(found, null, 2)}\n`);
    return 0;
  },
};
