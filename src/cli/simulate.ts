/** `playhead simulate`: plays made-up viewers against a server, or fills a data directory with them. */

import { type FillSummary, simulateDataDir } from "../app/simulated.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
import { AppError } from "../base/errors.ts";
import { INSTANT_FORMS, parseInstant } from "../base/instant.ts";
import { DAY_MS, SECOND_MS } from "../base/units.ts";
import { type Config, loadConfig } from "../config.ts";
import { Collector } from "../simulate/collector.ts";
import { type LiveStatus, PLAYING_MAX, playLive } from "../simulate/live.ts";
import { Audience, viewers } from "../simulate/viewers.ts";
import { PLAYER_PINGS, SPARSE_PINGS } from "../simulate/wire.ts";
import type { Arguments, Command, CommandOption, Terminal } from "./command.ts";
import { CLEAR_LINE, CLEAR_REST, createProgress } from "./progress.ts";
import { stopFlag } from "./stopping.ts";

interface NumberOption extends CommandOption {
  readonly min: number;
  readonly max: number;
  readonly fallback?: number;
  /** Accepts fractions too. */
  readonly fraction?: true;
}

/** Visitors in live mode, which has no planned end. */
const LIVE_VISITORS = 20_000;
/** A request later than this counts as behind. */
const BEHIND_MS_MAX = SECOND_MS;

const SEEDS = [
  { name: "seed", value: "N", min: 0, max: 2 ** 32 - 1, fallback: 1, summary: "The same seed makes the same viewers." },
] as const satisfies readonly NumberOption[];
const LIVE_NUMBERS = [
  {
    name: "sessions-per-second",
    value: "N",
    min: 0.01,
    max: 1000,
    fallback: 1,
    fraction: true,
    summary: "Viewers per second.",
  },
  { name: "seconds", value: "N", min: 1, max: 604_800, summary: "How long viewers arrive; until Ctrl-C by default." },
  {
    name: "speed",
    value: "N",
    min: 1,
    max: 3600,
    fallback: 1,
    fraction: true,
    summary: "Playback speed, in multiples of real time.",
  },
] as const satisfies readonly NumberOption[];
const FILL_NUMBERS = [
  { name: "sessions", value: "N", min: 1, max: 10_000_000, fallback: 100_000, summary: "Number of sessions." },
  { name: "days", value: "N", min: 1, max: 365, fallback: 30, summary: "Sessions start within the last N days." },
] as const satisfies readonly NumberOption[];

export const simulate: Command = {
  name: "simulate",
  operandsMax: 0,
  summary: "Plays made-up viewers against a server (--url), or fills a data directory with them (--sessions, --days).",
  settings: ["dataDir", "idleTimeoutMs", "stallTimeoutMs"],
  options: [
    { name: "url", value: "URL", summary: "Plays against this server: http://localhost:8080" },
    ...LIVE_NUMBERS.map((option) => ({ ...option, summary: `With --url. ${option.summary} ${rangeOf(option)}` })),
    ...FILL_NUMBERS.map((option) => ({ ...option, summary: `Into a directory. ${option.summary} ${rangeOf(option)}` })),
    { name: "until", value: "INSTANT", summary: "Into a directory. End of those days [default now]." },
    {
      name: "all-pings",
      summary: "Into a directory. Pings every 10 s, every second in ads, rather than every minute.",
    },
    ...SEEDS.map((option) => ({ ...option, summary: `${option.summary} ${rangeOf(option)}` })),
  ],
  example: "playhead simulate --url http://localhost:8080 --sessions-per-second 2",
  async run(args, terminal) {
    const config = loadConfig(terminal.environment, args.flags);
    const mode = modeOf(args);
    const { seed } = numbersOf(args, SEEDS);
    return mode === "live" ? playAt(args, terminal, seed) : fill(args, { config, terminal, seed });
  },
};

/** Each mode has its own flags; a flag of the other mode is an error. */
function modeOf({ flags, switches }: Arguments): "live" | "fill" {
  const given = (names: readonly string[]) => names.filter((name) => flags[name] !== undefined || switches.has(name));
  const live = given(["url", ...LIVE_NUMBERS.map(({ name }) => name)]);
  const filling = given([...FILL_NUMBERS.map(({ name }) => name), "until", "all-pings"]);
  const directory = given(["data-dir", "idle-timeout-ms", "stall-timeout-ms"]);
  const [a] = live;
  const b = filling[0] ?? directory[0];
  if (a !== undefined && b !== undefined) {
    throw invalid(
      `Cannot combine --${a} and --${b}: one plays against a server, the other fills a data directory; give one`,
    );
  }
  if (live.length > 0 && flags["url"] === undefined) throw invalid(`--${a} needs --url: the server to play against`);
  if (live.length > 0) return "live";
  if (filling.length > 0) return "fill";
  throw invalid(
    "Cannot simulate: no mode is given; --url plays against a server, --sessions or --days fill a data directory",
  );
}

async function playAt(args: Arguments, terminal: Terminal, seed: number): Promise<number> {
  const numbers = numbersOf(args, LIVE_NUMBERS);
  const collector = new Collector(urlOf(args.flags["url"] ?? ""));
  await collector.reach();
  const status = await playLive({
    collector,
    audience: new Audience({ seed, visitors: LIVE_VISITORS, pings: PLAYER_PINGS }),
    clock: systemClock,
    seed,
    sessionsPerSecond: numbers["sessions-per-second"],
    durationMs: numbers.seconds === undefined ? undefined : numbers.seconds * SECOND_MS,
    speed: numbers.speed,
    isStopped: stopFlag(terminal),
    onStatus: statusLine(terminal),
  });
  if (terminal.errIsTerminal) terminal.err(CLEAR_LINE);
  return reportLive(status, terminal);
}

/** Rewrites one line of a terminal. A pipe gets none. */
function statusLine({ err, errIsTerminal }: Terminal): (status: LiveStatus) => void {
  let before = { events: 0, elapsedMs: 0 };
  return (status) => {
    if (!errIsTerminal) return;
    const perSecond = ((status.events - before.events) * SECOND_MS) / (status.elapsedMs - before.elapsedMs);
    before = status;
    const words = [
      `${seconds(status.elapsedMs)} s`,
      `${count(status.playing)} playing`,
      `${count(perSecond)} events/s`,
      answersOf(status),
      ...(status.behindMs > BEHIND_MS_MAX ? [`${seconds(status.behindMs)} s behind`] : []),
    ];
    err(`\r${words.join("  ")}${CLEAR_REST}`);
  };
}

function reportLive(status: LiveStatus, { out, err }: Terminal): number {
  const { sessions, events, elapsedMs, refused, turnedAway, left, behindMsMax } = status;
  out(`${counted(sessions, "session")} and ${counted(events, "event")} in ${seconds(elapsedMs)} s.\n`);
  out(`Answers: ${answersOf(status)}.\n`);
  if (left > 0) err(`${counted(left, "viewer")} had no time to leave: their sessions close by timeout.\n`);
  if (turnedAway > 0) err(`Turned away ${counted(turnedAway, "viewer")}: at most ${count(PLAYING_MAX)} can play.\n`);
  if (behindMsMax > BEHIND_MS_MAX) {
    err(
      `Did not keep up: requests were up to ${seconds(behindMsMax)} s late. Lower --speed or --sessions-per-second.\n`,
    );
  }
  if (refused === 0) return 0;
  err(`${counted(refused, "request")} not answered 201 or 204. The server's answers say why.\n`);
  return 1;
}

function answersOf({ answers }: LiveStatus): string {
  const words = [...answers]
    .toSorted(([a], [b]) => a - b)
    .map(([status, times]) => `${nameOf(status)}: ${count(times)}`);
  return words.length === 0 ? "none yet" : words.join(", ");
}

function nameOf(status: number): string {
  return status === 0 ? "none" : String(status);
}

interface FillCall {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly seed: number;
}

async function fill(args: Arguments, { config, terminal, seed }: FillCall): Promise<number> {
  const { sessions, days } = numbersOf(args, FILL_NUMBERS);
  const untilMs = untilOf(args, systemClock);
  const pings = args.switches.has("all-pings") ? PLAYER_PINGS : SPARSE_PINGS;
  const progress = createProgress("Simulating", terminal);
  const beganMs = systemClock.elapsedMs();
  const summary = await simulateDataDir(config, {
    sessions: viewers({ seed, sessions, fromMs: untilMs - days * DAY_MS, toMs: untilMs, pings }),
    total: sessions,
    untilMs,
    onProgress: progress.update,
    isStopped: stopFlag(terminal),
  }).finally(progress.end);
  return reportFill(summary, systemClock.elapsedMs() - beganMs, terminal);
}

function reportFill({ sessions, events, finished }: FillSummary, tookMs: number, { out, err }: Terminal): number {
  out(`${counted(sessions, "session")} with ${counted(events, "event")} stored in ${seconds(tookMs)} s.\n`);
  if (!finished) err("Interrupted; the sessions stored so far are kept.\n");
  return finished ? 0 : 1;
}

function untilOf({ flags }: Arguments, clock: Clock): number {
  const nowMs = clock.nowMs();
  const untilMs = flags["until"] === undefined ? nowMs : parseInstant(flags["until"]);
  // The earliest day must not lie before the epoch.
  if (untilMs !== undefined && untilMs <= nowMs && untilMs >= 366 * DAY_MS) return Math.round(untilMs);
  throw invalid(`--until must be an instant of the past: ${INSTANT_FORMS}`);
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash) {
    return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  }
  throw invalid("--url must be a server's address: http://localhost:8080");
}

/** Reads numeric flags; one without a value or a default is undefined. */
function numbersOf<const O extends readonly NumberOption[]>({ flags }: Arguments, options: O) {
  const values = options.map((option) => [option.name, numberOf(flags[option.name], option)]);
  return Object.fromEntries(values) as {
    readonly [Each in O[number] as Each["name"]]: Each extends { fallback: number } ? number : number | undefined;
  };
}

function numberOf(text: string | undefined, option: NumberOption): number | undefined {
  if (text === undefined) return option.fallback;
  const form = option.fraction ? /^\d{1,15}(\.\d{1,6})?$/ : /^\d{1,15}$/;
  const value = form.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= option.min && value <= option.max) return value;
  const kind = option.fraction ? "a number" : "an integer";
  throw invalid(`--${option.name} must be ${kind} from ${option.min} to ${option.max}`);
}

function rangeOf({ min, max, fallback }: NumberOption): string {
  return fallback === undefined ? `[${min} to ${max}]` : `[${min} to ${max}, default ${fallback}]`;
}

function invalid(message: string): AppError {
  return new AppError("invalid-config", message);
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function seconds(ms: number): string {
  return (ms / SECOND_MS).toFixed(1);
}
