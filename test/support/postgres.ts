/**
 * A real PostgreSQL for tests, with nothing in it: `PLAYHEAD_TEST_PG` names one, or Debian's is started in a directory of
 * its own.
 */

import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { freePort } from "./free-port.ts";
import { tempDir } from "./temp-dir.ts";
import { waitFor } from "./wait-for.ts";

const INSTALLED = "/usr/lib/postgresql";
/** PostgreSQL refuses to run as root, and needs an account with a name. */
const NOBODY = 65_534;
const USER = "playhead";
/** A role that needs a password, once a test has made it. */
export const GUARDED_ROLE = "guarded";
/** The name by which a primary knows its standby. */
const STANDBY = "standby";
const SYNC_STATE = "SELECT sync_state AS state FROM pg_stat_replication WHERE state = 'streaming'";
const INIT = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
/** A test's events need to survive no power cut. */
const QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
const SETTINGS = ["shared_buffers=32MB", "max_connections=200", "listen_addresses=127.0.0.1", "log_min_messages=fatal"];

/** The directory of PostgreSQL's programs, of the newest version there is. */
export function findPostgres(): string | undefined {
  if (!existsSync(INSTALLED) || Bun.which("setpriv") === null) return undefined;
  const versions = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(INSTALLED, version, "bin")).find((path) => existsSync(join(path, "initdb")));
}

/** Tells whether tests may use a PostgreSQL. In CI one must be there. */
export function hasPostgres(): boolean {
  if (process.env["PLAYHEAD_TEST_PG"] || findPostgres()) return true;
  process.stderr.write("SKIPPED: a store that nodes share needs PostgreSQL; install Debian's postgresql\n");
  if (process.env["CI"]) throw new Error("PostgreSQL is missing, and CI must test with it");
  return false;
}

export interface PostgresOptions {
  /** Whether commits survive a crash: for tests that kill it. */
  readonly durable?: boolean;
  /** An existing directory for its files, which stays; default one of its own. */
  readonly directory?: string;
  /** Further settings, `name=value` each. */
  readonly settings?: readonly string[];
}

export interface Postgres extends AsyncDisposable {
  /** The URL of its own database. */
  readonly url: string;
  /** Makes an empty database. @returns its URL */
  createDatabase(): Promise<string>;
  /** The server's own process; undefined for one that a URL names. */
  readonly pid: number | undefined;
  /** Its processes. */
  pids(): number[];
  /** Ends all of its processes with -9. */
  kill(): Promise<void>;
  /** Starts it again on what it left. */
  start(): Promise<void>;
}

export interface StandbyOptions {
  /** Where it reaches the primary: a proxy's port. */
  readonly port?: number;
  /** Whether each commit of the primary waits for it. */
  readonly synchronous?: boolean;
}

/** A server that this process has started. */
export interface OwnPostgres extends Postgres {
  readonly port: number;
  /** Runs a statement as its administrator. */
  run<Row>(statement: string): Promise<Row[]>;
  /** Starts another one that follows it, until that is promoted. */
  startStandby(options?: StandbyOptions): Promise<OwnPostgres>;
}

/** Starts one, or takes the one that is named; disposing of it ends it. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const named = process.env["PLAYHEAD_TEST_PG"];
  return named && !options.durable ? serverAt(named) : startOwnPostgres(options);
}

/** Starts one; disposing of it ends it. */
export async function startOwnPostgres({ durable, directory, settings }: PostgresOptions = {}): Promise<OwnPostgres> {
  const place = placeFor(directory);
  run([...place.as, join(place.programs, "initdb"), "-D", place.data, ...INIT]);
  // The role is for tests of passwords; all others need none.
  const access = join(place.data, "pg_hba.conf");
  writeFileSync(access, `host all ${GUARDED_ROLE} 127.0.0.1/32 scram-sha-256\n${readFileSync(access, "utf8")}`);
  return serve(place, [...SETTINGS, ...(durable ? [] : QUICK), ...(settings ?? [])]);
}

interface Place extends Disposable {
  readonly programs: string;
  readonly data: string;
  /** The command that its programs run under. */
  readonly as: readonly string[];
}

function placeFor(path?: string): Place {
  const programs = findPostgres();
  if (!programs) throw new Error("PostgreSQL is missing");
  const directory = path === undefined ? tempDir() : { path, [Symbol.dispose]: () => {} };
  const data = join(directory.path, "data");
  const as = unprivileged(directory.path, data);
  return { programs, data, as, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

/** Runs a server on what is in its place. */
async function serve(place: Place, settings: readonly string[]): Promise<OwnPostgres> {
  const { programs, data, as } = place;
  const port = freePort();
  const all = [...settings, `port=${port}`, `unix_socket_directories=${data}`];
  const command = [...as, join(programs, "postgres"), "-D", data, ...all.flatMap((each) => ["-c", each])];
  let child: Bun.Subprocess | undefined;
  const start = async () => {
    // The file of a killed server would be taken for a running one's.
    rmSync(join(data, "postmaster.pid"), { force: true });
    child = Bun.spawn(command, { stdout: "ignore", stderr: "ignore", stdin: "ignore" });
    const started = child;
    await waitFor(() => started.exitCode !== null || isReady(data), 30_000);
    if (started.exitCode !== null) throw new Error(`PostgreSQL ended with ${started.exitCode}`);
  };
  const pids = () => (child ? [child.pid, ...childrenOf(child.pid)] : []);
  await start();
  const url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
  const server = serverAt(url);
  const kill = async () => {
    const killed = pids();
    for (const pid of killed.toReversed()) endNow(pid);
    await child?.exited;
    await waitFor(() => !killed.some((pid) => existsSync(`/proc/${pid}`)), 10_000);
    child = undefined;
  };
  return {
    ...server,
    port,
    get pid() {
      return child?.pid;
    },
    pids,
    kill,
    start,
    run: (statement) => ask(url, statement),
    startStandby: async ({ port: through = port, synchronous = false } = {}) => {
      const standby = await startStandby(through, settings);
      if (synchronous) await ask(url, `ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (${STANDBY})'`);
      await ask(url, "SELECT pg_reload_conf()");
      await waitFor(async () => {
        const [{ state } = { state: "" }] = await ask<{ state: string }>(url, SYNC_STATE);
        return state === (synchronous ? "quorum" : "async");
      }, 30_000);
      return standby;
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await kill();
      place[Symbol.dispose]();
    },
  };
}

async function startStandby(port: number, settings: readonly string[]): Promise<OwnPostgres> {
  const place = placeFor();
  const primary = `host=127.0.0.1 port=${port} user=${USER} application_name=${STANDBY}`;
  rmdirSync(place.data);
  // Not `run`, which would keep a proxy in this process from its work.
  const copy = [join(place.programs, "pg_basebackup"), "-D", place.data, "-d", primary, "-R", "-c", "fast", "-N"];
  const code = await Bun.spawn([...place.as, ...copy], { stdout: "ignore", stderr: "ignore" }).exited;
  if (code !== 0) throw new Error(`pg_basebackup ended with ${code}`);
  return serve(place, [...settings, `primary_conninfo=${primary}`]);
}

/** Asks once, by a connection of its own. */
export async function ask<Row>(url: string, statement: string): Promise<Row[]> {
  const sql = new SQL(url, { max: 1 });
  try {
    return (await sql.unsafe(statement)) as Row[];
  } finally {
    await sql.close({ timeout: 0 });
  }
}

function serverAt(url: string): Postgres {
  const admin = new SQL(url, { max: 1 });
  const made: string[] = [];
  const nothing = async () => {};
  return {
    url,
    pid: undefined,
    pids: () => [],
    kill: nothing,
    start: nothing,
    createDatabase: async () => {
      const name = `playhead_test_${crypto.randomUUID().replaceAll("-", "")}`;
      await admin.unsafe(`CREATE DATABASE ${name} STRATEGY FILE_COPY`);
      made.push(name);
      const database = new URL(url);
      database.pathname = `/${name}`;
      return database.href;
    },
    [Symbol.asyncDispose]: async () => {
      for (const name of made) await admin.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(() => {});
      await admin.close({ timeout: 0 });
    },
  };
}

/** The command that PostgreSQL runs under, as a user whom it accepts, and dies with this process. */
function unprivileged(directory: string, data: string): string[] {
  const as = ["setpriv", "--pdeathsig=QUIT"];
  mkdirSync(data);
  if (process.getuid?.() !== 0) return as;
  chownSync(directory, NOBODY, NOBODY);
  chownSync(data, NOBODY, NOBODY);
  return [...as, `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
}

function run(command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command], { stdout: "ignore", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr}`);
}

/** Its last line is the server's state. */
function isReady(data: string): boolean {
  try {
    return readFileSync(join(data, "postmaster.pid"), "utf8").trimEnd().endsWith("\nready");
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended with another one.
  }
}
