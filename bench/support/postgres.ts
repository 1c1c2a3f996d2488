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
  /** Where it listens on loopback, as servers that share it would reach it. */
  readonly url: string;
  /** The sum over its processes. */
  pids(): number[];
  /** Ends all of its processes with -9. */
  kill(): Promise<void>;
  /** Starts it again on what it left, unless it runs, and counts a table's rows. */
  countAfterRestart(table: string): Promise<number>;
  /** The first row that a query gives. */
  ask<Row>(query: string): Promise<Row>;
}

const USER = "peers";
/** The kernel's bound. */
const SOCKET_CHARS_MAX = 107;
const READY_MS_MAX = 60_000;
const DEAD_MS_MAX = 10_000;
const LIFE_MS_MAX = 900_000;
/** PostgreSQL refuses to run as root, and needs an account with a name. */
const NOBODY = 65_534;
/**
 * Its default settings keep commits durable; these are what docs/scale.md advises, but for `wal_compression=lz4`, which
 * this build lacks, give it memory, and keep its output off the bench's screen.
 */
const SETTINGS = ["shared_buffers=256MB", "checkpoint_timeout=15min", "max_wal_size=8GB", "log_min_messages=panic"];

/** Makes a database and starts it. @throws Error when PostgreSQL can't be run here */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { processes, programs, dataDir } = options;
  const port = freePort();
  const isRoot = process.getuid?.() === 0;
  // It doesn't watch its standard input, so the kernel signals it when the bench is gone.
  const as = ["setpriv", "--pdeathsig=QUIT"];
  if (isRoot) as.push(`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups");
  if (!Bun.which("setpriv")) throw new Error("setpriv is missing");
  const socket = join(dataDir, `.s.PGSQL.${port}`);
  if (socket.length > SOCKET_CHARS_MAX) throw new Error(`${dataDir} is too long a path for a socket`);
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
    const listens = ["listen_addresses=127.0.0.1", `port=${port}`];
    const settings = [...SETTINGS, ...listens, `unix_socket_directories=${dataDir}`].flatMap((each) => ["-c", each]);
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
  const ask = <Row>(query: string) => askOnce<Row>(socket, query);
  const countAfterRestart = async (table: string) => {
    if (!child) await start();
    return (await ask<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`)).rows;
  };
  await start();
  const url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
  return { url, pids, kill, countAfterRestart, ask, [Symbol.asyncDispose]: kill };
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

async function askOnce<Row>(path: string, query: string): Promise<Row> {
  const sql = new SQL({ path, username: USER, database: "postgres", max: 1 });
  try {
    const [row] = (await sql.unsafe(query)) as [Row];
    return row;
  } finally {
    await sql.close();
  }
}

/** A port that no other program listens on. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop();
  return port;
}
