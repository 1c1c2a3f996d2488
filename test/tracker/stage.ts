/** Players as people meet them: the server as a process in strict mode, a site beside it, and a real browser. */

import type { Browser, BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { openSite, type PlayerName, type Site, type Truth } from "./site.ts";

export interface Shown {
  readonly session: {
    readonly sid: string;
    readonly status: string;
    readonly downloaded: boolean;
    readonly params: object;
  };
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly events: readonly {
    readonly type: string;
    readonly ts: number;
    readonly playhead: number;
    readonly verdict: string;
    readonly flags: readonly string[];
    readonly params: Readonly<Record<string, unknown>>;
  }[];
  readonly ads: readonly Readonly<Record<string, unknown>>[];
  readonly chapters: readonly Readonly<Record<string, unknown>>[];
}

export interface Viewer {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Runs code in the page, where `scene` is what `page/scene.ts` made. */
  run<Result>(code: string): Promise<Result>;
}

export class Stage implements AsyncDisposable {
  readonly site: Site;
  readonly browser: Browser;
  /** What pages complained of: refusals of their policy, and errors that reached them. */
  readonly complaints: string[] = [];
  readonly #directory: ReturnType<typeof tempDir>;
  readonly #settings: Readonly<Record<string, string>>;
  #server: ServerProcess;

  private constructor(parts: {
    site: Site;
    browser: Browser;
    server: ServerProcess;
    directory: ReturnType<typeof tempDir>;
    settings: Readonly<Record<string, string>>;
  }) {
    this.site = parts.site;
    this.browser = parts.browser;
    this.#server = parts.server;
    this.#directory = parts.directory;
    this.#settings = parts.settings;
  }

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const directory = tempDir();
    // A port of its own, since it may be killed and must come back to it.
    const all = { VALIDATION: "strict", ADMIN_TOKEN, LOG_LEVEL: "error", PORT: String(freePort()), ...settings };
    const [server, browser] = await Promise.all([startProcess(directory.path, { settings: all }), openBrowser()]);
    const site = await openSite(() => server.url);
    // The first request builds the parts: a test's first frame should not wait for that.
    await fetch(`${server.url}/tracker.js`);
    return new Stage({ site, browser, server, directory, settings: all });
  }

  get url(): string {
    return this.#server.url;
  }

  /** Kills the server as a power cut would, and starts another one on its port and data. */
  async restart(awayMs: number): Promise<void> {
    this.#server.signal("SIGKILL");
    await this.#server.exited;
    await Bun.sleep(awayMs);
    this.#server = await startProcess(this.#directory.path, { settings: this.#settings });
  }

  async view(player: PlayerName, gate: string, track = "scene.track()"): Promise<Viewer> {
    const context = await this.browser.newContext();
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(`${gate}: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) this.complaints.push(`${gate}: ${message.text()}`);
    });
    const run = <Result>(code: string) => page.evaluate<Result>(code);
    await page.goto(`${this.site.url}/page?player=${player}&gate=${gate}`);
    await waitFor(() => run<boolean>("'scene' in window"));
    await run(track);
    return { context, page, run };
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
  async admin(path: string): Promise<any> {
    const answer = await fetch(this.url + path, { headers: ADMIN_HEADERS });
    return answer.json();
  }

  /** The sessions of a content, the earliest first. */
  async sessionsOf(id: string): Promise<Shown[]> {
    const { sessions } = await this.admin("/admin/api/sessions?limit=100");
    const sids = sessions
      .filter(({ params }: { params: Record<string, string> }) => params["media.id"] === id)
      .map(({ sid }: { sid: string }) => sid);
    return Promise.all(sids.toReversed().map((sid: string) => this.admin(`/admin/api/sessions/${sid}`)));
  }

  /** The one session of a content, once it is closed. */
  async closedSessionOf(id: string): Promise<Shown> {
    let sessions: Shown[] = [];
    await waitFor(async () => {
      sessions = await this.sessionsOf(id);
      return sessions.some(({ session }) => session.status === "closed");
    }, CLOSE_MS_MAX).catch(() => {
      const seen = sessions.map(({ session, events }) => `${session.status}: ${events.map(({ type }) => type)}`);
      throw new Error(`No session of ${id} was closed: ${seen.join("; ")}`);
    });
    if (sessions.length !== 1) throw new Error(`${id} has ${sessions.length} sessions`);
    return sessions[0] as Shown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.#server[Symbol.asyncDispose]();
    await this.site[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }
}

const CLOSE_MS_MAX = 20_000;

/** A wait counts from here on; of about this long it may or may not, as a clock's tick has it. */
const WAIT_MS = 100;
const TICK_MS = 40;

export interface Waits {
  /** How many count: at least and at most. */
  readonly min: number;
  readonly max: number;
  /** Seconds of those that count, and of those too short to. */
  readonly seconds: number;
  readonly passingSeconds: number;
}

/** What is to be made of a page's waits for data. */
export function waitsOf({ waitsMs }: Truth): Waits {
  const over = (limitMs: number) => waitsMs.filter((ms) => ms >= limitMs);
  const sum = (all: readonly number[]) => all.reduce((total, ms) => total + ms, 0) / 1000;
  const seconds = sum(over(WAIT_MS));
  return {
    ...{ min: over(WAIT_MS + TICK_MS).length, max: over(WAIT_MS - TICK_MS).length },
    ...{ seconds, passingSeconds: sum(waitsMs) - seconds },
  };
}
