/**
 * The configuration: defaults, then the environment, then flags.
 *
 * Pure: it is handed the environment and the flags. `settings/` lists the settings.
 */

import { didYouMean } from "./base/did-you-mean.ts";
import { AppError } from "./base/errors.ts";
import { rangeOf, type Setting } from "./base/setting.ts";
import { SETTINGS } from "./settings/settings.ts";

export { ADMIN_TOKEN_CHARS_MIN } from "./settings/service.ts";
export { GROUP_TITLES, SETTINGS } from "./settings/settings.ts";
export type { Setting };

type SettingRow = (typeof SETTINGS)[number];
export type SettingGroup = SettingRow["group"];
type ValueOf<S extends SettingRow> = S extends { kind: "integer" }
  ? number
  : S extends { kind: "switch" }
    ? boolean
    : S extends { kind: "choice"; choices: readonly (infer C)[] }
      ? C
      : S extends { kind: "list" }
        ? readonly string[]
        : S extends { fallback: string }
          ? string
          : string | undefined;

/** The value of every setting, by key. */
export type Settings = { readonly [S in SettingRow as S["key"]]: ValueOf<S> };

/** The settings by group, so that each part is handed its own: `config.queue.queueEventsMax`. */
export type Config = {
  readonly [Group in SettingGroup]: Pick<Settings, Extract<SettingRow, { group: Group }>["key"]>;
};

/** Hosts that listen on every address. */
const EVERY_ADDRESS: readonly string[] = ["0.0.0.0", "::"];
const ENVIRONMENT_PREFIX = "PLAYHEAD_";

/** `idleTimeoutMs` → `PLAYHEAD_IDLE_TIMEOUT_MS`. */
export function environmentNameOf(key: string): string {
  return ENVIRONMENT_PREFIX + key.replace(/[A-Z]/g, "_$&").toUpperCase();
}

/** `idleTimeoutMs` → `idle-timeout-ms`, without the leading dashes. */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, "-$&").toLowerCase();
}

/** Values as the command line or the environment gives them, by flag or by variable. */
type Texts = Readonly<Record<string, string | undefined>>;

/**
 * Makes the configuration.
 *
 * @param flags values by flag name
 * @throws AppError `invalid-config`, as {@link readSettings}
 */
export function loadConfig(environment: Texts, flags: Texts = {}): Config {
  return groupSettings(readSettings(environment, flags));
}

/**
 * Reads each setting from its flag, else from the environment, else takes its default.
 *
 * @throws AppError `invalid-config` naming each unknown key, each value out of range, and settings that conflict
 */
export function readSettings(environment: Texts, flags: Texts = {}): Settings {
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
  if (problems.length === 0) problems.push(...conflictsOf(values as Settings));
  if (problems.length > 0) throw new AppError("invalid-config", problems.join("\n"));
  return values as Settings;
}

/** Names the settings that conflict. */
function conflictsOf(settings: Settings): string[] {
  const { tlsCert, tlsKey, eventsRetentionDays, sessionsRetentionDays } = settings;
  const { host, port, metricsHost, metricsPort } = settings;
  const problems = [...storeProblemsOf(settings), ...viewerConflictsOf(settings)];
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const missing = tlsKey === undefined ? "TLS_KEY" : "TLS_CERT";
    problems.push(`HTTPS needs PLAYHEAD_TLS_CERT and PLAYHEAD_TLS_KEY: PLAYHEAD_${missing} is missing`);
  }
  if (sessionsRetentionDays > 0 && eventsRetentionDays >= sessionsRetentionDays) {
    problems.push(
      `PLAYHEAD_EVENTS_RETENTION_DAYS (${eventsRetentionDays}) can never act: ` +
        `PLAYHEAD_SESSIONS_RETENTION_DAYS (${sessionsRetentionDays}) deletes sessions with their events before that; ` +
        "make it less, or 0",
    );
  }
  const shareAddress = host === metricsHost || EVERY_ADDRESS.includes(host) || EVERY_ADDRESS.includes(metricsHost);
  if (port !== 0 && port === metricsPort && shareAddress) {
    problems.push(`PLAYHEAD_PORT and PLAYHEAD_METRICS_PORT must differ: both are ${port}`);
  }
  return problems;
}

/** The form of a shared store's URL. */
const STORE_URL = /^postgres(ql)?:\/\/[^/]+\/[^/]+$/;

/** What is wrong with the store; its URL is secret, so that no message repeats it. */
function storeProblemsOf({ store }: Settings): string[] {
  if (store === "sqlite") return [];
  if (!STORE_URL.test(store)) {
    return ["PLAYHEAD_STORE must be sqlite, or a URL as postgres://user:password@host:5432/database"];
  }
  if (isReadable(store)) return [];
  return ["PLAYHEAD_STORE is no URL: write %, # and ? of its password as %25, %23 and %3F"];
}

function isReadable(store: string): boolean {
  try {
    const { username, password, pathname } = new URL(store);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

function viewerConflictsOf({ device, geoDatabase, countryHeader, trustedProxies }: Settings): string[] {
  const problems: string[] = [];
  if (device === "off") {
    const why = "can never act: PLAYHEAD_DEVICE is off, and nothing is kept of a viewer; unset one of them";
    if (geoDatabase !== undefined) problems.push(`PLAYHEAD_GEO_DATABASE ${why}`);
    if (countryHeader !== undefined) problems.push(`PLAYHEAD_COUNTRY_HEADER ${why}`);
  }
  if (countryHeader !== undefined && trustedProxies.length === 0) {
    const header = `PLAYHEAD_COUNTRY_HEADER (${countryHeader})`;
    problems.push(`${header} can never act: only PLAYHEAD_TRUSTED_PROXIES are believed; list yours`);
  }
  return problems;
}

/** Sorts settings into their groups. */
export function groupSettings(settings: Settings): Config {
  const groups = Object.entries(Object.groupBy(SETTINGS, ({ group }) => group));
  return Object.fromEntries(
    groups.map(([group, rows]) => [group, Object.fromEntries(rows.map(({ key }) => [key, settings[key]]))]),
  ) as Config;
}

function unknownNames(environment: Texts): string[] {
  const known = new Set<string>(SETTINGS.map(({ key }) => environmentNameOf(key)));
  return Object.keys(environment)
    .filter((name) => name.startsWith(ENVIRONMENT_PREFIX) && !known.has(name))
    .map((name) => {
      const hint = didYouMean(name, known);
      return `${name} is not a setting of Playhead${hint || ";"} playhead serve --help lists them`;
    });
}

type Value = string | number | boolean | readonly string[];

function read(setting: Setting, text: string, refuse: (wants: string) => void): Value | undefined {
  switch (setting.kind) {
    case "integer": {
      const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
      if (value >= setting.min && value <= setting.max) return value;
      refuse(`an integer from ${rangeOf(setting)}`);
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
    case "list": {
      const items = text.split(",").map((item) => item.trim());
      if (items.every((item) => setting.accepts(item))) return items;
      refuse(`a list, with commas between them, of ${setting.wants}`);
      return undefined;
    }
    case "text":
      // Files that hold secrets end in a newline.
      return readText(setting, text.trim(), refuse);
  }
}

function readText(
  { charsMin, form }: Extract<Setting, { kind: "text" }>,
  text: string,
  refuse: (wants: string) => void,
): string | undefined {
  if (text.length < charsMin) refuse(`at least ${charsMin} characters long`);
  else if (form && !form.accepts(text)) refuse(form.wants);
  else return text;
  return undefined;
}
