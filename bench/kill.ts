/** Whether kill -9 ever loses what was acknowledged. */

import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { databasePathOf } from "../src/data-dir/paths.ts";
import { type AcknowledgedSession, type Lookup, lookUp } from "./support/acknowledged.ts";
import { LOAD_CORE } from "./support/processes.ts";
import type { Context, Question } from "./support/question.ts";
import { startServer } from "./support/server-process.ts";

const ROUNDS = 20;
const CLIENTS = 200;
const CLIENTS_MS_MAX = 60_000;
const CLIENTS_FILE = join(import.meta.dir, "support", "kill-clients.ts");
/** The server dies at a random moment after its first answer. */
const ALIVE_MS_MIN = 100;
const ALIVE_MS_MAX = 2000;

export const question: Question = {
  name: "kill",
  asks: "Is anything lost that was acknowledged before a kill -9?",
  async run(context) {
    const { rounds = ROUNDS, directory, say } = context;
    const dataDir = join(directory, "data");
    const sessions: AcknowledgedSession[] = [];
    let found: Lookup = { acknowledged: 0, lost: 0, brokenLinks: 0 };
    // One directory for all rounds: each restart must also leave whole what the deaths before it had left.
    for (let i = 1; i <= rounds; i += 1) {
      const acknowledged = await playUntilKilled(context, dataDir, i);
      if (acknowledged.length === 0) throw new Error("The server died before it had acknowledged anything");
      sessions.push(...acknowledged);
      found = lookUp(copyDatabase(dataDir, join(directory, "copy")), sessions);
      say(`round ${i} of ${rounds}: ${found.acknowledged.toLocaleString("en")} acknowledged, ${found.lost} lost`);
      if (found.lost > 0 || found.brokenLinks > 0) break;
    }
    return [
      { figure: "kills", value: rounds, unit: "kills" },
      { figure: "acknowledged", value: found.acknowledged, unit: "requests" },
      { figure: "lost", value: found.lost, unit: "requests", target: { is: "=", value: 0 } },
      { figure: "broken links", value: found.brokenLinks, unit: "events", target: { is: "=", value: 0 } },
    ];
  },
};

async function playUntilKilled(
  { processes, directory }: Context,
  dataDir: string,
  round: number,
): Promise<AcknowledgedSession[]> {
  await using server = await startServer(processes, { dataDir, storage: "sqlite" });
  const out = join(directory, `acknowledged-${round}`);
  const command = [process.execPath, CLIENTS_FILE, server.url, String(CLIENTS), String(round), out];
  const clients = processes.spawn(command, { core: LOAD_CORE, lifeMsMax: CLIENTS_MS_MAX });
  for await (const _ of clients.stdout) break;
  await Bun.sleep(ALIVE_MS_MIN + Math.random() * (ALIVE_MS_MAX - ALIVE_MS_MIN));
  await server.kill();
  const code = await clients.exited;
  if (code !== 0) throw new Error(`The clients ended with ${code}`);
  return readFileSync(out, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AcknowledgedSession);
}

/** Copies file and log: looking into the server's own would tidy up what its next start must recover from. */
function copyDatabase(dataDir: string, to: string): string {
  mkdirSync(to, { recursive: true });
  const from = databasePathOf({ dataDir });
  const copy = databasePathOf({ dataDir: to });
  copyFileSync(from, copy);
  if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${copy}-wal`);
  return copy;
}
