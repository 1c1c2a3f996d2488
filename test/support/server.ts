/** A real server on a real file in a directory of its own, for one test. */

import { type App, openApp } from "../../src/app/app.ts";
import { createLog } from "../../src/base/log.ts";
import { groupSettings, readSettings, type Settings } from "../../src/config.ts";
import type { JournalStore } from "../../src/store/journal.ts";
import { ManualClock } from "./clock.ts";
import { startPostgres } from "./postgres.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, sessionStart, sidOf } from "./requests.ts";
import { tempDir } from "./temp-dir.ts";

/** Tests of a server need them all; others take them from their own files, and don't load a server for them. */
export { ADMIN_HEADERS, ADMIN_TOKEN, eventAt, REQUIRED_PARAMS, sessionStart, sidOf, TS } from "./requests.ts";
export { tempDir } from "./temp-dir.ts";

export interface TestServer extends AsyncDisposable {
  readonly app: App;
  readonly url: string;
  readonly dataDir: string;
  /** The URL of its PostgreSQL, where it has one. */
  readonly store: string | undefined;
  readonly clock: ManualClock;
  /** Every line that was logged. */
  readonly logged: string[];
  /** Posts a body: an object as JSON, text and bytes as they are. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Gets a path with the admin token and reads its JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
  admin(path: string): Promise<any>;
  /** Opens a session and returns its sid. */
  open(start?: object): Promise<string>;
  /** Adds an event and returns the status. */
  add(sid: string, event: object): Promise<number>;
  /** Stops the server and starts it again on the same data, after `ms` of being away, with settings changed. */
  restart(awayMs?: number, config?: Partial<Settings>): Promise<void>;
}

export interface TestOptions {
  /** Settings by key, whatever their group. */
  readonly config?: Partial<Settings>;
  readonly clock?: ManualClock;
  readonly openStore?: ((settings: Settings) => JournalStore) | undefined;
}

/** Whether servers store in a PostgreSQL, unless a test says where: `bun run test:postgres`. */
export const ON_POSTGRES = process.env["STORE"] === "postgres";

/** A database for one server; disposing of it removes it. */
async function openDatabase(): Promise<{ readonly store: string } & AsyncDisposable> {
  if (!process.env["PLAYHEAD_TEST_PG"]) throw new Error("STORE=postgres needs PLAYHEAD_TEST_PG: bun run test:postgres");
  const postgres = await startPostgres();
  return { store: await postgres.createDatabase(), [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose]() };
}

/** Starts a server on a free port of the loopback interface. */
export async function startTestServer({
  config = {},
  clock = new ManualClock(),
  openStore,
}: TestOptions = {}): Promise<TestServer> {
  const directory = tempDir();
  const database = ON_POSTGRES && !openStore && config.store === undefined ? await openDatabase() : undefined;
  const logged: string[] = [];
  let settings: Settings = {
    ...readSettings({}),
    host: "127.0.0.1",
    port: 0,
    dataDir: directory.path,
    adminToken: ADMIN_TOKEN,
    ...(database && { store: database.store }),
    ...config,
  };
  const log = createLog({ level: "debug", format: "json", clock, write: (line) => logged.push(line) });
  const open = () =>
    openApp({
      config: groupSettings(settings),
      log,
      clock,
      // What a test changes in a store, a Worker that reads the same file would not see.
      ...(openStore && { openStore: () => Object.assign(openStore(settings), { place: undefined }) }),
    });
  let app = await open();

  const server: TestServer = {
    get app() {
      return app;
    },
    get url() {
      return `http://127.0.0.1:${app.port}`;
    },
    dataDir: directory.path,
    store: database?.store,
    clock,
    logged,
    post: (path, body, headers = {}) =>
      fetch(server.url + path, { method: "POST", headers, body: isRaw(body) ? body : JSON.stringify(body) }),
    admin: async (path) => {
      const response = await fetch(server.url + path, { headers: ADMIN_HEADERS });
      return response.json();
    },
    open: async (start = sessionStart()) => {
      const response = await server.post("/api/v1/sessions", start);
      if (response.status !== 201) throw new Error(`Expected 201, got ${response.status}: ${await response.text()}`);
      return sidOf(response);
    },
    add: async (sid, event) => (await server.post(`/api/v1/sessions/${sid}/events`, event)).status,
    restart: async (awayMs = 0, changed = {}) => {
      await app.stop();
      clock.pass(awayMs);
      settings = { ...settings, ...changed };
      app = await open();
    },
    [Symbol.asyncDispose]: async () => {
      await app.stop();
      await database?.[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
  return server;
}

/** The cursor behind an export: a database takes its own alone. */
export async function exportCursor(server: TestServer): Promise<string> {
  const response = await fetch(`${server.url}/admin/api/export/sessions`, { headers: ADMIN_HEADERS });
  await response.text();
  return response.headers.get("Playhead-Cursor") ?? "";
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" || body instanceof Uint8Array;
}
