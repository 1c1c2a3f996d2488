/**
 * The one list of settings: key, flag, environment name, unit, default, range.
 *
 * `docs/configuration.md` and `--help` are made from it; `config.ts` reads it.
 */

import { isIP } from "node:net";
import { LOG_LEVELS } from "./base/log.ts";
import { DAY_MS, KIB, MIB, MINUTE_MS } from "./base/units.ts";
import { VALIDATION_MODES } from "./protocol/mode.ts";

interface SettingBase {
  /** Camel case, as in {@link Config}; flag and environment name follow from it. */
  readonly key: string;
  readonly summary: string;
  /** Never taken from the command line, where every user of the machine can read it. */
  readonly secret?: true;
}

interface IntegerSetting extends SettingBase {
  readonly kind: "integer";
  readonly unit: string;
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

interface TextSetting extends SettingBase {
  readonly kind: "text";
  readonly fallback?: string;
  readonly charsMin: number;
}

interface ChoiceSetting extends SettingBase {
  readonly kind: "choice";
  readonly fallback: string;
  readonly choices: readonly string[];
}

/** Texts with commas between them; none by default. */
interface ListSetting extends SettingBase {
  readonly kind: "list";
  readonly fallback: readonly string[];
  /** What each of them is, in words: "…must be a list of addresses". */
  readonly wants: string;
  readonly accepts: (item: string) => boolean;
}

/** On or off; as a flag without a value it is on. */
interface SwitchSetting extends SettingBase {
  readonly kind: "switch";
  readonly fallback: boolean;
}

export type Setting = IntegerSetting | TextSetting | ChoiceSetting | ListSetting | SwitchSetting;

export const ADMIN_TOKEN_CHARS_MIN = 32;

/** A hundred years. */
const RETENTION_DAYS_MAX = 36_500;

/** As browsers write an `Origin`; `null` is what pages from files and sandboxes send. */
const ORIGIN = /^([a-z][a-z0-9+.-]*:\/\/[^/\s\p{Lu}]*|null)$/u;
/** Bits of an address by its version. */
const PREFIX_BITS_MAX: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

export const SETTINGS = [
  { key: "host", kind: "text", charsMin: 1, fallback: "0.0.0.0", summary: "Address to listen on." },
  {
    key: "port",
    kind: "integer",
    unit: "port",
    fallback: 8080,
    min: 0,
    max: 65535,
    summary: "Port to listen on; 0 takes any free one.",
  },
  {
    key: "dataDir",
    kind: "text",
    charsMin: 1,
    fallback: "./data",
    summary: "Directory of the database, the admin token and the lock.",
  },
  {
    key: "adminToken",
    kind: "text",
    charsMin: ADMIN_TOKEN_CHARS_MIN,
    secret: true,
    summary: "Token of the admin API. Without one, one is made and kept in the data directory.",
  },
  {
    key: "validation",
    kind: "choice",
    choices: VALIDATION_MODES,
    fallback: "standard",
    summary: "`standard` keeps and flags what it can; `strict` answers as the published schemas do.",
  },
  {
    key: "idleTimeoutMs",
    kind: "integer",
    unit: "ms",
    fallback: 10 * MINUTE_MS,
    min: 100,
    max: 30 * DAY_MS,
    summary: "A session without an event for this long closes.",
  },
  {
    key: "stallTimeoutMs",
    kind: "integer",
    unit: "ms",
    fallback: 30 * MINUTE_MS,
    min: 100,
    max: 30 * DAY_MS,
    summary: "A session whose playhead has not moved for this long closes.",
  },
  {
    key: "lateGraceMs",
    kind: "integer",
    unit: "ms",
    fallback: MINUTE_MS,
    min: 0,
    max: 7 * DAY_MS,
    summary: "How long after its close a session still takes events of before its close.",
  },
  {
    key: "eventsRetentionDays",
    kind: "integer",
    unit: "days",
    fallback: 0,
    min: 0,
    max: RETENTION_DAYS_MAX,
    summary: "Events of a session that closed this long ago go, its numbers stay; 0 keeps them for ever.",
  },
  {
    key: "sessionsRetentionDays",
    kind: "integer",
    unit: "days",
    fallback: 0,
    min: 0,
    max: RETENTION_DAYS_MAX,
    summary: "A session that started this long ago goes with all that is of it; 0 keeps it for ever.",
  },
  {
    key: "bodyBytesMax",
    kind: "integer",
    unit: "bytes",
    fallback: 64 * KIB,
    min: KIB,
    max: 16 * MIB,
    summary: "Largest body of one event.",
  },
  {
    key: "arrayBytesMax",
    kind: "integer",
    unit: "bytes",
    fallback: 4 * MIB,
    min: KIB,
    max: 64 * MIB,
    summary: "Largest body of downloaded content.",
  },
  {
    key: "arrayEventsMax",
    kind: "integer",
    unit: "events",
    fallback: 20_000,
    min: 100,
    max: 200_000,
    summary: "Most events in one body of downloaded content; a day of pings is 8,640.",
  },
  {
    key: "eventKeysMax",
    kind: "integer",
    unit: "keys",
    fallback: 512,
    min: 64,
    max: 10_000,
    summary: "Most keys in one event.",
  },
  {
    key: "stringBytesMax",
    kind: "integer",
    unit: "bytes",
    fallback: 8 * KIB,
    min: 256,
    max: MIB,
    summary: "Longest text in an event.",
  },
  {
    key: "queueEventsMax",
    kind: "integer",
    unit: "events",
    fallback: 20_000,
    min: 1,
    max: 1_000_000,
    summary: "Events that may wait for the disk; more are answered 503.",
  },
  {
    key: "queueWaitMsMax",
    kind: "integer",
    unit: "ms",
    fallback: 4000,
    min: 100,
    max: 60_000,
    summary: "Longest wait for the disk before an answer of 503; clients give up after 5 s.",
  },
  {
    key: "synchronous",
    kind: "choice",
    choices: ["FULL", "NORMAL"],
    fallback: "FULL",
    summary: "`FULL` survives a power cut; `NORMAL` only a crash of the process.",
  },
  {
    key: "reportsMemoryBytesMax",
    kind: "integer",
    unit: "bytes",
    fallback: 384 * MIB,
    min: 64 * MIB,
    max: 1024 * 1024 * MIB,
    summary: "Memory that reports may take; what needs more is written to disk meanwhile, or refused.",
  },
  {
    key: "reportsQueueMax",
    kind: "integer",
    unit: "reports",
    fallback: 32,
    min: 1,
    max: 1000,
    summary: "Reports that may wait or run; more are answered 503.",
  },
  {
    key: "reportTimeoutMs",
    kind: "integer",
    unit: "ms",
    fallback: 30_000,
    min: 100,
    max: 600_000,
    summary: "Longest that a report may take, waiting included; then it is cancelled and answered 503.",
  },
  {
    key: "liveViewersMax",
    kind: "integer",
    unit: "streams",
    fallback: 200,
    min: 0,
    max: 10_000,
    summary: "Streams of live numbers at once; more are answered 503.",
  },
  {
    key: "liveWatchersMax",
    kind: "integer",
    unit: "streams",
    fallback: 20,
    min: 0,
    max: 1000,
    summary: "Streams of every event as it arrives at once; more are answered 503.",
  },
  {
    key: "reportSuites",
    kind: "list",
    fallback: [],
    wants: "report suites",
    accepts: (item) => item !== "",
    summary: "Report suites whose sessions may start; another is answered 403. Without one any may.",
  },
  {
    key: "origins",
    kind: "list",
    fallback: [],
    wants: "origins as browsers send them: https://example.com, or null",
    accepts: (item) => ORIGIN.test(item),
    summary: "Origins whose pages may report; another is answered 403. Without one any may. Apps send none, and may.",
  },
  {
    key: "clientEventsPerSecond",
    kind: "integer",
    unit: "events/s",
    fallback: 0,
    min: 0,
    max: 1_000_000,
    summary: "Events that one client address may send in the long run; more are answered 429. 0 sets no limit.",
  },
  {
    key: "clientEventsBurst",
    kind: "integer",
    unit: "events",
    fallback: 600,
    min: 1,
    max: 10_000_000,
    summary: "Events that a client address which was quiet may send at once, where there is a limit.",
  },
  {
    key: "trustedProxies",
    kind: "list",
    fallback: [],
    wants: "addresses, or networks as 10.0.0.0/8",
    accepts: isNetwork,
    summary: "Proxies whose `X-Forwarded-For` tells the address of a client; from others it is not looked at.",
  },
  {
    key: "signInFailuresMax",
    kind: "integer",
    unit: "failures",
    fallback: 10,
    min: 1,
    max: 1000,
    summary: "Wrong admin tokens from one client address; then its tokens are answered 429 for a while.",
  },
  {
    key: "signInFailuresMs",
    kind: "integer",
    unit: "ms",
    fallback: MINUTE_MS,
    min: 1000,
    max: DAY_MS,
    summary: "The time in which they are counted, and for which they are then refused.",
  },
  {
    key: "metricsPort",
    kind: "integer",
    unit: "port",
    fallback: 0,
    min: 0,
    max: 65535,
    summary: "Port on which `/metrics` needs no token; 0 opens none.",
  },
  {
    key: "metricsHost",
    kind: "text",
    charsMin: 1,
    fallback: "127.0.0.1",
    summary: "Address that this port listens on. Whoever reaches it reads the metrics.",
  },
  {
    key: "demo",
    kind: "switch",
    fallback: false,
    summary: "Serves a page with a player at `/demo`, open to everybody.",
  },
  { key: "logLevel", kind: "choice", choices: LOG_LEVELS, fallback: "info", summary: "Least level that is logged." },
] as const satisfies readonly Setting[];

/** Whether a text is an address, or a network in CIDR notation. */
function isNetwork(text: string): boolean {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bitsMax = PREFIX_BITS_MAX[isIP(address)];
  return bitsMax !== undefined && Number(bits ?? 0) <= bitsMax;
}
