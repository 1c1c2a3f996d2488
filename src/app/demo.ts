/**
 * A demo: a second server with a month of made-up viewers and some who play now, in a directory that it removes.
 *
 * It listens on the loopback address alone.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { DAY_MS } from "../base/units.ts";
import { type Config, groupSettings, readSettings } from "../config.ts";
import type { DemoMonthContext } from "../http/handlers/demo-month.ts";
import { Collector } from "../simulate/collector.ts";
import { playLive } from "../simulate/live.ts";
import { Audience, viewers } from "../simulate/viewers.ts";
import { PLAYER_PINGS, SPARSE_PINGS } from "../simulate/wire.ts";
import type { App, AppOptions } from "./app.ts";
import { simulateDataDir } from "./simulated.ts";

interface DemoOptions {
  /** `openApp`, handed in since a server may open a demo beside itself. */
  readonly open: (options: AppOptions) => Promise<App>;
  readonly log: Log;
  readonly adminToken: string;
  /** Made-up sessions of the month. */
  readonly sessions?: number;
  /** Where to look for a free port; 0 takes any. */
  readonly ports: readonly number[];
  readonly onProgress: (done: number, total: number) => void;
  readonly isStopped: () => boolean;
}

interface OpenDemo extends AsyncDisposable {
  readonly app: App;
}

const HOST = "127.0.0.1";
const SEED = 1;
const DAYS = 30;
const SESSIONS = 12_000;
const LIVE_VISITORS = 2000;
/** Some forty play at a time, ten times as fast as people do. */
const LIVE = { sessionsPerSecond: 0.5, speed: 10 };

/**
 * Fills a scratch directory, and serves it until it is disposed of.
 *
 * @returns undefined if it was stopped before
 * @throws AppError `cannot-listen`, `store-full`, `store-failed`, `data-dir-unusable`
 */
export async function openDemo(options: DemoOptions): Promise<OpenDemo | undefined> {
  const { ports, log } = options;
  await using opening = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), "playhead-demo-"));
  opening.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  if (!(await fill(dataDir, options))) return undefined;
  const app = opening.use(await openAt(ports, dataDir, options));
  opening.use(peopleAt(app.url, log));
  const opened = opening.move();
  return { app, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Ignores the environment: a demo is the same everywhere. */
function configOf(dataDir: string, port: number, adminToken: string): Config {
  return groupSettings({ ...readSettings({}), dataDir, host: HOST, port, adminToken });
}

async function openAt(ports: readonly number[], dataDir: string, options: DemoOptions): Promise<App> {
  const [port = 0, ...others] = ports;
  try {
    return await options.open({ config: configOf(dataDir, port, options.adminToken), log: options.log });
  } catch (error) {
    const isTaken = error instanceof AppError && error.code === "cannot-listen";
    if (!isTaken || others.length === 0) throw error;
    return openAt(others, dataDir, options);
  }
}

async function fill(dataDir: string, options: DemoOptions): Promise<boolean> {
  const { adminToken, sessions: total = SESSIONS, onProgress, isStopped } = options;
  const untilMs = systemClock.nowMs();
  const range = { fromMs: untilMs - DAYS * DAY_MS, toMs: untilMs };
  const sessions = viewers({ seed: SEED, sessions: total, ...range, pings: SPARSE_PINGS });
  const { finished } = await simulateDataDir(configOf(dataDir, 0, adminToken), {
    sessions,
    total,
    untilMs,
    onProgress,
    isStopped,
  });
  return finished;
}

/** Plays viewers against the demo until it is disposed of. */
function peopleAt(url: string, log: Log): AsyncDisposable {
  let isOver = false;
  const playing = playLive({
    collector: new Collector(url),
    audience: new Audience({ seed: SEED, visitors: LIVE_VISITORS, pings: PLAYER_PINGS }),
    clock: systemClock,
    seed: SEED,
    ...LIVE,
    isStopped: () => isOver,
    onStatus: () => {},
  }).catch((error: unknown) => log.warn("The demo's viewers have left", { error: String(error) }));
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await playing;
    },
  };
}

type DemoMonth = ReturnType<DemoMonthContext["demoMonth"]["view"]>;
type DemoBesideOptions = Pick<DemoOptions, "open" | "log" | "adminToken" | "sessions">;

/** The demo that a server opens beside itself, at most once at a time. */
export class DemoBeside implements AsyncDisposable {
  readonly #options: DemoBesideOptions;
  #view: DemoMonth = { state: "none", done: 0, total: SESSIONS, port: null, problem: null };
  #isOver = false;
  #opening: Promise<OpenDemo | undefined> | undefined;

  constructor(options: DemoBesideOptions) {
    this.#options = options;
  }

  view(): DemoMonth {
    return this.#view;
  }

  /** Begins to make the demo, unless that has begun. */
  begin(): void {
    if (this.#view.state === "filling" || this.#view.state === "ready") return;
    this.#view = { ...this.#view, state: "filling", done: 0, problem: null };
    this.#opening = this.#open();
  }

  async #open(): Promise<OpenDemo | undefined> {
    try {
      const demo = await openDemo({
        ...this.#options,
        ports: [0],
        onProgress: (done, total) => {
          this.#view = { ...this.#view, done, total };
        },
        isStopped: () => this.#isOver,
      });
      if (demo) this.#view = { ...this.#view, state: "ready", port: demo.app.port };
      return demo;
    } catch (error) {
      const problem = error instanceof AppError ? error.message : "Cannot make the demo month: see the server's log";
      this.#options.log.error("Cannot make the demo month", { error: String(error) });
      this.#view = { ...this.#view, state: "failed", problem };
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    const demo = await this.#opening;
    await demo?.[Symbol.asyncDispose]();
  }
}
