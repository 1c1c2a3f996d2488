/** `playhead openapi`: prints what a server serves at `/openapi.json`, without a server. */

import { describeApi } from "../app/app.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";

export const openApi: Command = {
  name: "openapi",
  operandsMax: 0,
  summary: "Prints the OpenAPI document of this server's routes.",
  settings: ["validation", "bodyBytesMax", "arrayBytesMax", "arrayEventsMax"],
  example: "playhead openapi --validation strict",
  async run({ flags }, terminal) {
    const document = await describeApi(loadConfig(terminal.environment, flags));
    terminal.out(`${JSON.stringify(document, null, 2)}\n`);
    return 0;
  },
};
