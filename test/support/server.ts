/** A real server on a real file in a directory of its own, for one test. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../../src/app/app.ts";
import { createLog } from "../../src/base/log.ts";
import { groupSettings, readSettings, type Settings } from "../../src/config.ts";
import type { Store } from "../../src/store/store.ts";
import { ManualClock } from "./clock.ts";

export const ADMIN_TOKEN = "a-token-for-tests-of-32-characters-or-more";

/** A directory of its own under the system's one for temporary files, gone with the test. */
export function tempDir(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "playhead-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface TestServer extends AsyncDisposable {
  readonly app: App;
  readonly url: string;
  readonly dataDir: string;
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
  readonly openStore?: ((settings: Settings) => Store) | undefined;
}

/** Starts a server on a free port of the loopback interface. */
export async function startTestServer({
  config = {},
  clock = new ManualClock(),
  openStore,
}: TestOptions = {}): Promise<TestServer> {
  const directory = tempDir();
  const logged: string[] = [];
  let settings: Settings = {
    ...readSettings({}),
    host: "127.0.0.1",
    port: 0,
    dataDir: directory.path,
    adminToken: ADMIN_TOKEN,
    ...config,
  };
  const log = createLog({ level: "debug", format: "json", clock, write: (line) => logged.push(line) });
  const open = () =>
    openApp({
      config: groupSettings(settings),
      log,
      clock,
      ...(openStore && { openStore: () => openStore(settings) }),
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
    clock,
    logged,
    post: (path, body, headers = {}) =>
      fetch(server.url + path, { method: "POST", headers, body: isRaw(body) ? body : JSON.stringify(body) }),
    admin: async (path) => {
      const response = await fetch(server.url + path, { headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } });
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
      directory[Symbol.dispose]();
    },
  };
  return server;
}

/** The sid as clients take it out of the Location: the fifth part between slashes. */
export function sidOf(response: Response): string {
  return (response.headers.get("Location") ?? "").split("/")[4] ?? "";
}

export const TS = 1_700_000_000_000;

export const REQUIRED_PARAMS = {
  "analytics.trackingServer": "metrics.example.com",
  "analytics.reportSuite": "examplersid",
  "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
  "media.id": "content-1",
  "media.length": 60,
  "media.contentType": "VOD",
  "media.playerName": "test-player",
  "media.channel": "test-channel",
};

/** A start that every mode accepts. */
export function sessionStart(params: object = {}, members: object = {}): Record<string, unknown> {
  return {
    eventType: "sessionStart",
    playerTime: { playhead: 0, ts: TS },
    params: { ...REQUIRED_PARAMS, ...params },
    ...members,
  };
}

/** An event some seconds after {@link TS}, with the playhead at the same second. */
export function eventAt(second: number, eventType: string, members: object = {}): Record<string, unknown> {
  return { eventType, playerTime: { playhead: second, ts: TS + second * 1000 }, ...members };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" || body instanceof Uint8Array;
}
