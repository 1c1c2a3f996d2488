/**
 * The one list of settings: key, flag, environment name, unit, default, range.
 *
 * Pure: it is handed the environment and the flags. `docs/configuration.md` and `--help` are made from it.
 */

import { AppError } from "./base/errors.ts";
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

/** On or off; as a flag without a value it is on. */
interface SwitchSetting extends SettingBase {
  readonly kind: "switch";
  readonly fallback: boolean;
}

export type Setting = IntegerSetting | TextSetting | ChoiceSetting | SwitchSetting;

export const ADMIN_TOKEN_CHARS_MIN = 32;

/** A hundred years. */
const RETENTION_DAYS_MAX = 36_500;

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
    key: "demo",
    kind: "switch",
    fallback: false,
    summary: "Serves a page with a player at `/demo`, open to everybody.",
  },
  { key: "logLevel", kind: "choice", choices: LOG_LEVELS, fallback: "info", summary: "Least level that is logged." },
] as const satisfies readonly Setting[];

type Row = (typeof SETTINGS)[number];
type ValueOf<S extends Row> = S extends { kind: "integer" }
  ? number
  : S extends { kind: "switch" }
    ? boolean
    : S extends { kind: "choice"; choices: readonly (infer C)[] }
      ? C
      : S extends { fallback: string }
        ? string
        : string | undefined;

/** Every setting with its value. */
export type Config = { readonly [S in Row as S["key"]]: ValueOf<S> };

export const ENVIRONMENT_PREFIX = "PLAYHEAD_";

/** `idleTimeoutMs` → `PLAYHEAD_IDLE_TIMEOUT_MS`. */
export function environmentNameOf(key: string): string {
  return ENVIRONMENT_PREFIX + key.replace(/[A-Z]/g, "_$&").toUpperCase();
}

/** `idleTimeoutMs` → `idle-timeout-ms`, without its dashes in front. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, "-$&").toLowerCase();
}

/**
 * Makes the configuration: defaults, then the environment, then flags.
 *
 * @param flags values by flag name, as the command line gave them
 * @throws AppError `invalid-config` naming each unknown key and each value out of range
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): Config {
  const problems = unknownNames(environment);
  const values: Record<string, unknown> = {};
  for (const setting of SETTINGS as readonly Setting[]) {
    const name = environmentNameOf(setting.key);
    const fromFlag = setting.secret ? undefined : flags[flagOf(setting.key)];
    const text = fromFlag ?? environment[name];
    const source = fromFlag === undefined ? name : `--${flagOf(setting.key)}`;
    if (text === undefined || (text === "" && fromFlag === undefined)) values[setting.key] = setting.fallback;
    else values[setting.key] = read(setting, text, (wants) => problems.push(`${source} must be ${wants}`));
  }
  if (problems.length > 0) throw new AppError("invalid-config", problems.join("\n"));
  return values as Config;
}

function unknownNames(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(SETTINGS.map(({ key }) => environmentNameOf(key)));
  return Object.keys(environment)
    .filter((name) => name.startsWith(ENVIRONMENT_PREFIX) && !known.has(name))
    .map((name) => `${name} is not a setting of Playhead; playhead serve --help lists them`);
}

function read(setting: Setting, text: string, refuse: (wants: string) => void): string | number | boolean | undefined {
  switch (setting.kind) {
    case "integer": {
      const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
      if (value >= setting.min && value <= setting.max) return value;
      refuse(`an integer from ${setting.min} to ${setting.max} (${setting.unit})`);
      return undefined;
    }
    case "switch":
      if (text === "true" || text === "false") return text === "true";
      refuse("true or false");
      return undefined;
    case "choice":
      if (setting.choices.includes(text)) return text;
      refuse(`one of ${setting.choices.join(", ")}`);
      return undefined;
    case "text":
      // Files that hold secrets end in a newline.
      if (text.trim().length >= setting.charsMin) return text.trim();
      refuse(`at least ${setting.charsMin} characters long`);
      return undefined;
  }
}
