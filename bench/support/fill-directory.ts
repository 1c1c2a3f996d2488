/** Makes a data directory with a log of some size, as a killed server leaves it. */

import { join } from "node:path";
import { LOAD_CORE, type Processes } from "./processes.ts";

const FILL_MS_MAX = 900_000;
const FILL = join(import.meta.dir, "fill.ts");

export interface FillSize {
  readonly events: number;
  readonly sessions: number;
  /** How many of the events come after the checkpoint. */
  readonly eventsBehind: number;
}

/** Fills a directory in a process that is then killed. @returns the first and the last session's sid */
export async function fillDirectory(processes: Processes, path: string, size: FillSize): Promise<string[]> {
  const command = [process.execPath, FILL, path, ...[size.events, size.sessions, size.eventsBehind].map(String)];
  const child = processes.spawn(command, { core: LOAD_CORE, lifeMsMax: FILL_MS_MAX });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.endsWith("\n")) break;
  }
  child.kill("SIGKILL");
  await child.exited;
  const [word, ...sids] = text.trim().split(" ");
  if (word !== "filled" || sids.length !== 2) throw new Error(`Filling a log ended with ${child.exitCode}: ${text}`);
  return sids;
}
