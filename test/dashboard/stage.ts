/** The dashboard as people meet it: a server as a process, data in it, and a real browser in front. */

import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { runProcess, type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";

export interface StageOptions {
  /** Made-up sessions of the last days; none unless it is said. */
  readonly sessions?: number;
  readonly days?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where pictures of pages go; git knows nothing of it. */
export const PICTURES = join(import.meta.dir, "../../tmp/pictures");

const SEED = "7";

export class Stage implements AsyncDisposable {
  readonly dataDir: string;
  readonly browser: Browser;
  #server: ServerProcess;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #directory: Disposable;
  /** What a page said that it must not: errors, refused parts, requests to elsewhere. */
  readonly complaints: string[] = [];

  private constructor(
    parts: { directory: ReturnType<typeof tempDir>; browser: Browser; server: ServerProcess },
    settings: Readonly<Record<string, string>>,
  ) {
    this.#directory = parts.directory;
    this.dataDir = parts.directory.path;
    this.browser = parts.browser;
    this.#server = parts.server;
    this.#settings = settings;
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const directory = tempDir();
    const { sessions = 0, days = 3 } = options;
    // A port of its own, since it may be killed and must come back to it.
    const settings = { ADMIN_TOKEN, LOG_LEVEL: "error", PORT: String(freePort()), ...options.settings };
    if (sessions > 0) await fill(directory.path, sessions, days);
    const [server, browser] = await Promise.all([startProcess(directory.path, { settings }), openBrowser()]);
    return new Stage({ directory, browser, server }, settings);
  }

  get url(): string {
    return this.#server.url;
  }

  /** A page of its own, signed in unless it is said otherwise. */
  async page(
    place = "",
    { signedIn = true, ...how }: BrowserContextOptions & { signedIn?: boolean } = {},
  ): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: 1380, height: 900 },
      timezoneId: "UTC",
      ...how,
    });
    await context.addInitScript(`globalThis.violations = [];
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        violations.push(violatedDirective + " " + blockedURI);
      });`);
    const page = await context.newPage();
    this.#listen(page);
    if (signedIn) {
      const answer = await context.request.post(`${this.url}/admin/api/sign-in`, {
        headers: ADMIN_HEADERS,
      });
      if (answer.status() !== 204) throw new Error(`Signing in was answered ${answer.status()}`);
    }
    await page.goto(`${this.url}/admin#/${place}`);
    return page;
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
  async admin(path: string, headers: Record<string, string> = {}): Promise<any> {
    const answer = await fetch(this.url + path, { headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer.headers.get("Content-Type")?.startsWith("application/json") ? answer.json() : answer.text();
  }

  post(path: string, body: unknown): Promise<Response> {
    return fetch(this.url + path, { method: "POST", body: JSON.stringify(body) });
  }

  /** Opens a session as of now. @returns its sid */
  async start(params: object = {}): Promise<string> {
    const start = sessionStart({ "media.name": "A film", ...params }, { playerTime: { playhead: 0, ts: Date.now() } });
    const answer = await this.post("/api/v1/sessions", start);
    if (answer.status !== 201) throw new Error(`The start was answered ${answer.status}: ${await answer.text()}`);
    return sidOf(answer);
  }

  /** Stores a session that was played offline. @returns its sid */
  async download(params: object, sinceMs: number, events: readonly object[]): Promise<string> {
    const start = sessionStart(params, { playerTime: { playhead: 0, ts: sinceMs } });
    const answer = await this.post("/api/v1/downloaded", [start, ...events]);
    if (answer.status !== 201) throw new Error(`It was answered ${answer.status}: ${await answer.text()}`);
    return sidOf(answer);
  }

  /** Adds an event some seconds after the session's start. */
  async add(sid: string, eventType: string, second: number, members: object = {}): Promise<void> {
    const ts = Date.now() + second * 1000;
    const answer = await this.post(`/api/v1/sessions/${sid}/events`, {
      eventType,
      playerTime: { playhead: second, ts },
      ...members,
    });
    if (answer.status !== 204) throw new Error(`${eventType} was answered ${answer.status}: ${await answer.text()}`);
  }

  /** Ends the server as a machine would, and starts it again where it was. */
  async away(meanwhile: () => Promise<void>): Promise<void> {
    this.#server.signal("SIGKILL");
    await this.#server.exited;
    await meanwhile();
    this.#server = await startProcess(this.dataDir, { settings: this.#settings });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.#server[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }

  #listen(page: Page): void {
    page.on("pageerror", (error) => this.complaints.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      // That a request was refused is the page's to tell; everything else that is said so is a fault of the page.
      const isRefusal = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isRefusal) this.complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on("dialog", (dialog) => {
      this.complaints.push(`${page.url()} opened a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(this.url)) {
        this.complaints.push(`${page.url()} asked ${request.url()}`);
      }
    });
  }
}

async function fill(dataDir: string, sessions: number, days: number): Promise<void> {
  const args = [
    "simulate",
    "--days",
    String(days),
    "--sessions",
    String(sessions),
    "--seed",
    SEED,
    "--data-dir",
    dataDir,
  ];
  await using filling = runProcess(args);
  if ((await filling.exited) !== 0) throw new Error(`Filling ended so: ${filling.stderr()}`);
}
