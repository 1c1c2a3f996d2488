/** The bench's own PostgreSQL: made, started on the server's core, killed with -9, and asked for its rows. */

import { chownSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { descendantsOf, isRunning } from "./cpu.ts";
import { type Child, type Processes, SERVER_CORE } from "./processes.ts";
import { waitFor } from "./wait.ts";

export interface PostgresOptions {
  readonly processes: Processes;
  /** The directory of its programs. */
  readonly programs: string;
  /** A directory that doesn't exist yet; its socket will be in it too. */
  readonly dataDir: string;
}

export interface Postgres extends AsyncDisposable {
  /** The sum over its processes. */
  pids(): number[];
  /** Ends all of its processes with -9. */
  kill(): Promise<void>;
  /** Starts it again on what it left and counts a table's rows. */
  countAfterRestart(table: string): Promise<number>;
}

const USER = "peers";
const SOCKET = ".s.PGSQL.5432";
/** The kernel's bound. */
const SOCKET_CHARS_MAX = 107;
const READY_MS_MAX = 60_000;
const DEAD_MS_MAX = 10_000;
const LIFE_MS_MAX = 900_000;
/** PostgreSQL refuses to run as root, and needs an account with a name. */
const NOBODY = 65_534;
/** Its default settings keep commits durable; these give it memory, and keep its output off the bench's screen. */
const SETTINGS = ["shared_buffers=256MB", "listen_addresses=", "log_min_messages=panic"];

/** Makes a database and starts it. @throws Error when PostgreSQL can't be run here */
export async function startPostgres({ processes, programs, dataDir }: PostgresOptions): Promise<Postgres> {
  const isRoot = process.getuid?.() === 0;
  // It doesn't watch its standard input, so the kernel signals it when the bench is gone.
  const as = ["setpriv", "--pdeathsig=QUIT"];
  if (isRoot) as.push(`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups");
  if (!Bun.which("setpriv")) throw new Error("setpriv is missing");
  if (join(dataDir, SOCKET).length > SOCKET_CHARS_MAX) throw new Error(`${dataDir} is too long a path for a socket`);
  mkdirSync(dataDir);
  if (isRoot) chownSync(dataDir, NOBODY, NOBODY);
  await makeDatabase(processes, [...as, join(programs, "initdb")], dataDir);

  let child: Child | undefined;
  const pids = () => (child ? [child.pid, ...descendantsOf(child.pid)] : []);
  const kill = async () => {
    const killed = pids();
    child?.kill("SIGKILL");
    // Its other processes notice, and end; until then no other server may use the directory.
    await waitFor("PostgreSQL to be gone", DEAD_MS_MAX, async () => !killed.some(isRunning) || undefined);
    child = undefined;
  };
  const start = async () => {
    const settings = [...SETTINGS, `unix_socket_directories=${dataDir}`].flatMap((each) => ["-c", each]);
    // The file of a killed server would be taken for a running one's.
    rmSync(join(dataDir, "postmaster.pid"), { force: true });
    const command = [...as, join(programs, "postgres"), "-D", dataDir, ...settings];
    const started = processes.spawn(command, { core: SERVER_CORE, lifeMsMax: LIFE_MS_MAX });
    child = started;
    try {
      await waitFor("PostgreSQL to be ready", READY_MS_MAX, async () => {
        if (started.exitCode !== null) throw new Error(`PostgreSQL ended with ${started.exitCode} before it was ready`);
        return isReady(dataDir) || undefined;
      });
    } catch (error) {
      await kill();
      throw error;
    }
  };
  const countAfterRestart = async (table: string) => {
    await start();
    return await countRows(dataDir, table);
  };
  await start();
  return { pids, kill, countAfterRestart, [Symbol.asyncDispose]: kill };
}

async function makeDatabase(processes: Processes, initdb: readonly string[], dataDir: string): Promise<void> {
  const how = ["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  const child = processes.spawn([...initdb, ...how, "-D", dataDir], { lifeMsMax: READY_MS_MAX });
  const [, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (code !== 0) throw new Error(`initdb ended with ${code}`);
}

/** Its last line is the server's state, to wait for. */
function isReady(dataDir: string): boolean {
  try {
    return readFileSync(join(dataDir, "postmaster.pid"), "utf8").trimEnd().endsWith("\nready");
  } catch {
    return false;
  }
}

async function countRows(dataDir: string, table: string): Promise<number> {
  const sql = new SQL({ path: join(dataDir, SOCKET), username: USER, database: "postgres", max: 1 });
  try {
    const [row] = await sql`SELECT count(*)::int AS rows FROM ${sql(table)}`;
    return row.rows;
  } finally {
    await sql.close();
  }
}
