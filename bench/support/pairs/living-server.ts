/** Servers of two commits, side by side; of another commit only what it promises outwards is used: command line and HTTP. */

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { endingWithBench } from "../processes.ts";
import type { Context } from "../question.ts";
import { type ServerUnderTest, startServer } from "../server-process.ts";
import type { Pair, Round, Side, SideAt, Sides } from "./paired-question.ts";

export interface Living {
  readonly server: ServerUnderTest;
  readonly dataDir: string;
}

interface LivingPair<Ready> {
  /** Lets it use every core, as in life. */
  readonly unpinned?: true;
  /** Puts a data directory where a side starts. */
  readonly fill?: (dataDir: string) => void;
  /** Readies a side, the other one being alive already. */
  warmUp(living: Living): Promise<Ready>;
  takeRound(sides: readonly [Ready, Ready], first: SideAt): Promise<Round>;
}

/** Starts a server for each side and warms both up. */
export async function openLivingPair<Ready>(
  { directory, processes }: Context,
  sides: Sides,
  { unpinned, fill, warmUp, takeRound }: LivingPair<Ready>,
): Promise<Pair> {
  const pairDirectory = join(directory, "pair");
  mkdirSync(pairDirectory);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(pairDirectory, { recursive: true, force: true }));
  const start = async (at: SideAt): Promise<Living> => {
    const dataDir = join(pairDirectory, String(at));
    const logPath = join(pairDirectory, `${at}.log`);
    fill?.(dataDir);
    const command = quietly(logPath, endingWithBench(serveCommand(sides[at], dataDir)));
    const starting = startServer(processes, { dataDir, command, ...(unpinned && { unpinned }) });
    const server = stack.use(await starting.catch((error: Error) => explain(error, sides[at], logPath)));
    return { server, dataDir };
  };
  const here = await start(0);
  const there = await start(1);
  const ready = [await warmUp(here), await warmUp(there)] as const;
  const owned = stack.move();
  return {
    takeRound: (first) => takeRound(ready, first),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Starts are never ended here: a load of minutes opens more sessions than a server takes by default. */
const BOUND_FLAG = "--open-sessions-max";
const OPEN_SESSIONS_MAX = 10_000_000;

function serveCommand({ root }: Side, dataDir: string): string[] {
  const serve = [process.execPath, join(root, "src/main.ts"), "serve"];
  // An older commit has no such bound, and refuses the flag.
  const isBounded = Bun.spawnSync([...serve, "--help"])
    .stdout.toString()
    .includes(BOUND_FLAG);
  const bounds = isBounded ? [BOUND_FLAG, String(OPEN_SESSIONS_MAX)] : [];
  const listen = ["--host", "127.0.0.1", "--port", "0"];
  return [...serve, ...listen, ...bounds, "--data-dir", dataDir, "--log-level", "warn"];
}

/** What it says at each start would hide the progress. The shell's process becomes the command's. */
function quietly(logPath: string, command: readonly string[]): readonly string[] {
  return ["sh", "-c", 'exec "$@" >"$0" 2>&1', logPath, ...command];
}

function explain(error: Error, { name }: Side, logPath: string): never {
  throw new Error(`Cannot start the server of ${name}: ${error.message}\n${readFileSync(logPath, "utf8")}`);
}
