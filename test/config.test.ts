/** Settings: where a value comes from, what is refused, and that a refusal says which and why. */

import { describe, expect, test } from "bun:test";
import { AppError } from "../src/base/errors.ts";
import { environmentNameOf, flagOf, loadConfig, readSettings, SETTINGS, type Setting } from "../src/config.ts";

type Texts = Record<string, string | undefined>;

/** The lines of the refusal. */
function refusalOf(environment: Texts, flags: Texts = {}): string[] {
  try {
    readSettings(environment, flags);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("invalid-config");
    return (error as AppError).message.split("\n");
  }
  throw new Error("The configuration was accepted");
}

/** A value beyond the range of a setting, with the words that say so. */
function outOfRange(setting: Setting): readonly (readonly [string, string])[] {
  if (setting.kind === "choice") {
    const wants = `must be one of ${setting.choices.join(", ")}`;
    return [
      ["nonsense", wants],
      [swapCase(setting.fallback), wants],
    ];
  }
  if (setting.kind === "list") {
    const wants = `must be a list, with commas between them, of ${setting.wants}`;
    return ["a,,b", ","].map((text) => [text, wants] as const);
  }
  if (setting.kind === "text") {
    if (setting.form) return [["ä b", `must be ${setting.form.wants}`]];
    if (setting.charsMin < 2) return [];
    return [["x".repeat(setting.charsMin - 1), `must be at least ${setting.charsMin} characters long`]];
  }
  if (setting.kind === "switch") return ["yes", "1", "TRUE"].map((text) => [text, "must be true or false"] as const);
  const wants = `must be an integer from ${setting.min} to ${setting.max}${setting.unit === undefined ? "" : ` ${setting.unit}`}`;
  const texts = [`${setting.max + 1}`, `${setting.min - 1}`, "-1", "abc", "1.5", "1e3", "0x10", "9".repeat(40), " "];
  return [...new Set(texts)].map((text) => [text, wants] as const);
}

/** The same in another case, or with a digit more where it has none. */
function swapCase(text: string): string {
  const upper = text.toUpperCase();
  if (text !== upper) return upper;
  const lower = text.toLowerCase();
  return lower === text ? `${text}0` : lower;
}

describe("the defaults", () => {
  test("are the documented ones", () => {
    expect(readSettings({})).toMatchObject({
      port: 8080,
      dataDir: "./data",
      adminToken: undefined,
      validation: "standard",
      idleTimeoutMs: 600_000,
      stallTimeoutMs: 1_800_000,
      lateGraceMs: 60_000,
      bodyBytesMax: 65_536,
      arrayBytesMax: 4 * 1024 * 1024,
      eventKeysMax: 512,
      stringBytesMax: 8192,
      synchronous: "FULL",
      logLevel: "info",
    });
  });

  test("have the documented names in the environment", () => {
    const names = SETTINGS.map(({ key }) => environmentNameOf(key));
    expect(names).toEqual(
      expect.arrayContaining(
        [
          "HOST",
          "PORT",
          "DATA_DIR",
          "ADMIN_TOKEN",
          "VALIDATION",
          "IDLE_TIMEOUT_MS",
          "STALL_TIMEOUT_MS",
          "LATE_GRACE_MS",
          "BODY_BYTES_MAX",
          "QUEUE_EVENTS_MAX",
          "SYNCHRONOUS",
          "LOG_LEVEL",
        ].map((name) => `PLAYHEAD_${name}`),
      ),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test("are within their own ranges", () => {
    const texts = (SETTINGS as readonly Setting[]).flatMap(({ key, fallback }) =>
      fallback === undefined ? [] : [[environmentNameOf(key), String(fallback)]],
    );
    expect(readSettings(Object.fromEntries(texts))).toEqual(readSettings({}));
  });
});

describe("a setting's names", () => {
  for (const [key, name, flag] of [
    ["host", "PLAYHEAD_HOST", "host"],
    ["idleTimeoutMs", "PLAYHEAD_IDLE_TIMEOUT_MS", "idle-timeout-ms"],
    ["dataDir", "PLAYHEAD_DATA_DIR", "data-dir"],
  ] as const) {
    test(`of ${key} are ${name} and --${flag}`, () => {
      expect([environmentNameOf(key), flagOf(key)]).toEqual([name, flag]);
    });
  }
});

describe("a value", () => {
  const name = "PLAYHEAD_IDLE_TIMEOUT_MS";

  test("of the environment goes before the default", () => {
    expect(readSettings({ [name]: "500" }).idleTimeoutMs).toBe(500);
  });

  test("of a flag goes before the environment's, even before a bad one", () => {
    expect(readSettings({ [name]: "500" }, { "idle-timeout-ms": "700" }).idleTimeoutMs).toBe(700);
    expect(readSettings({ [name]: "bad" }, { "idle-timeout-ms": "700" }).idleTimeoutMs).toBe(700);
  });

  test("that is empty in the environment is the default", () => {
    const empty = Object.fromEntries(SETTINGS.map(({ key }) => [environmentNameOf(key), ""]));
    expect(readSettings(empty)).toEqual(readSettings({}));
  });

  test("that is empty in a flag is refused", () => {
    expect(refusalOf({}, { "idle-timeout-ms": "", host: "", validation: "" })).toEqual([
      "--host must be at least 1 characters long",
      "--validation must be one of standard, strict",
      "--idle-timeout-ms must be an integer from 100 to 2592000000 ms",
    ]);
  });

  test("at either end of its range is taken", () => {
    for (const setting of SETTINGS) {
      if (setting.kind !== "integer") continue;
      for (const value of [setting.min, setting.max]) {
        expect(readSettings({ [environmentNameOf(setting.key)]: String(value) })[setting.key]).toBe(value);
      }
    }
  });

  test("of the admin token is never taken from a flag", () => {
    const flags = { "admin-token": "f".repeat(32) };
    expect(readSettings({}, flags).adminToken).toBeUndefined();
    expect(readSettings({ PLAYHEAD_ADMIN_TOKEN: "e".repeat(32) }, flags).adminToken).toBe("e".repeat(32));
  });
});

describe("a refusal", () => {
  for (const setting of SETTINGS as readonly Setting[]) {
    for (const [text, wants] of outOfRange(setting)) {
      const name = environmentNameOf(setting.key);
      test(`of ${name}=${text.slice(0, 20)} names it and its range`, () => {
        expect(refusalOf({ [name]: text })).toEqual([`${name} ${wants}`]);
      });
    }
  }

  test("names the flag where the value came from a flag", () => {
    expect(refusalOf({ PLAYHEAD_PORT: "80" }, { port: "65536" })).toEqual([
      "--port must be an integer from 0 to 65535",
    ]);
  });

  test("names every unknown PLAYHEAD_ key and every bad value at once", () => {
    const lines = refusalOf({ PLAYHEAD_PROT: "80", PLAYHEAD_: "x", PLAYHEAD_PORT: "x", PLAYHEAD_HOSTS: "", PATH: "/" });
    expect(lines).toHaveLength(4);
    for (const name of ["PLAYHEAD_PROT", "PLAYHEAD_", "PLAYHEAD_HOSTS", "PLAYHEAD_PORT"]) {
      expect(lines.filter((line) => line.startsWith(`${name} `))).toHaveLength(1);
    }
  });

  test("never repeats the value, which may be a secret", () => {
    expect(refusalOf({ PLAYHEAD_ADMIN_TOKEN: "hunter2" }).join()).not.toContain("hunter2");
  });

  test("says of a store's URL what no URL can have, without its password", () => {
    for (const password of ["geheim%zz", "geheim#1", "geheim?1", "geheim/1"]) {
      const [line = ""] = refusalOf({ PLAYHEAD_STORE: `postgres://u:${password}@127.0.0.1:1/db` });
      expect(line).toMatch(/^PLAYHEAD_STORE (is no URL: write %|must be sqlite, or a URL)/);
      expect(line).not.toContain("geheim");
    }
    expect(readSettings({ PLAYHEAD_STORE: "postgres://u:geheim%25@127.0.0.1:1/db" }).store).toContain("%25");
  });

  test("takes the newline off a token, which files that hold secrets end in", () => {
    const token = "t".repeat(32);
    expect(readSettings({ PLAYHEAD_ADMIN_TOKEN: `${token}\n` }).adminToken).toBe(token);
    expect(() => readSettings({ PLAYHEAD_ADMIN_TOKEN: `${"t".repeat(31)}\n` })).toThrow("PLAYHEAD_ADMIN_TOKEN");
  });
});

describe("a configuration", () => {
  test("has each setting once, in its group", () => {
    const environment = { PLAYHEAD_QUEUE_EVENTS_MAX: "7", PLAYHEAD_ADMIN_TOKEN: "e".repeat(32) };
    const config = loadConfig(environment, { port: "0" });
    expect(config.queue).toEqual({ queueEventsMax: 7, queueWaitMsMax: 4000 });
    expect(config.server.port).toBe(0);
    const pairs = Object.entries(config).flatMap(([group, values]) => Object.keys(values).map((key) => [group, key]));
    expect(pairs.toSorted()).toEqual(SETTINGS.map(({ group, key }): string[] => [group, key]).toSorted());
  });

  test("holds the admin token alone in its group, so that it travels with nothing else", () => {
    const token = "e".repeat(32);
    expect(loadConfig({ PLAYHEAD_ADMIN_TOKEN: token }).admin).toEqual({ adminToken: token });
  });
});

describe("a list", () => {
  test("is read without the spaces round its commas", () => {
    const { reportSuites, origins } = readSettings({ PLAYHEAD_REPORT_SUITES: "a, b ,c" }, { origins: "null" });
    expect(reportSuites).toEqual(["a", "b", "c"]);
    expect(origins).toEqual(["null"]);
  });

  const items: readonly (readonly [name: string, good: readonly string[], bad: readonly string[]])[] = [
    [
      "PLAYHEAD_ORIGINS",
      ["https://example.com", "http://localhost:3000", "capacitor://localhost", "file://", "null"],
      ["example.com", "https://example.com/", "https://Example.com", "*", "https://example.com/player"],
    ],
    [
      "PLAYHEAD_TRUSTED_PROXIES",
      ["127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "2001:db8::1/128"],
      ["10.0.0.0/33", "::1/129", "localhost", "10.0.0", "10.0.0.0/", "10.0.0.0/8/8", "/8", "10.0.0.0/-1", "*"],
    ],
  ];
  for (const [name, good, bad] of items) {
    test(`${name} takes what it says, and nothing else`, () => {
      for (const item of good) expect(() => readSettings({ [name]: item })).not.toThrow();
      for (const item of bad) expect([item, refusalOf({ [name]: item }).length]).toEqual([item, 1]);
    });
  }
});

test("a mistyped setting is named with the one that was meant", () => {
  expect(refusalOf({ PLAYHEAD_PROT: "1" })).toEqual([
    "PLAYHEAD_PROT is not a setting of Playhead; did you mean PLAYHEAD_PORT? playhead serve --help lists them",
  ]);
});

describe("settings that can't act together", () => {
  test("are refused: a certificate without its key, a key without its certificate", () => {
    const words = "HTTPS needs PLAYHEAD_TLS_CERT and PLAYHEAD_TLS_KEY: ";
    expect(refusalOf({ PLAYHEAD_TLS_CERT: "a.pem" })).toEqual([`${words}PLAYHEAD_TLS_KEY is missing`]);
    expect(refusalOf({}, { "tls-key": "a.key" })).toEqual([`${words}PLAYHEAD_TLS_CERT is missing`]);
    expect(readSettings({ PLAYHEAD_TLS_CERT: "a.pem" }, { "tls-key": "a.key" })).toMatchObject({
      tlsCert: "a.pem",
      tlsKey: "a.key",
    });
  });

  test("are refused: retention of events that no session reaches", () => {
    expect(refusalOf({ PLAYHEAD_EVENTS_RETENTION_DAYS: "90", PLAYHEAD_SESSIONS_RETENTION_DAYS: "30" })).toEqual([
      "PLAYHEAD_EVENTS_RETENTION_DAYS (90) can never act: PLAYHEAD_SESSIONS_RETENTION_DAYS (30) deletes sessions " +
        "with their events before that; make it less, or 0",
    ]);
    refusalOf({ PLAYHEAD_EVENTS_RETENTION_DAYS: "30", PLAYHEAD_SESSIONS_RETENTION_DAYS: "30" });
    readSettings({ PLAYHEAD_EVENTS_RETENTION_DAYS: "29", PLAYHEAD_SESSIONS_RETENTION_DAYS: "30" });
    readSettings({ PLAYHEAD_EVENTS_RETENTION_DAYS: "30" });
  });

  test("are refused: what a viewer's country is known by, where it can never act", () => {
    const proxies = { PLAYHEAD_TRUSTED_PROXIES: "10.0.0.1" };
    const header = { PLAYHEAD_COUNTRY_HEADER: "CF-IPCountry" };
    const off = "can never act: PLAYHEAD_DEVICE is off, and nothing is kept of a viewer; unset one of them";
    expect(refusalOf(header)).toEqual([
      "PLAYHEAD_COUNTRY_HEADER (CF-IPCountry) can never act: only PLAYHEAD_TRUSTED_PROXIES are believed; list yours",
    ]);
    expect(refusalOf({ ...header, ...proxies, PLAYHEAD_DEVICE: "off", PLAYHEAD_GEO_DATABASE: "a" })).toEqual([
      `PLAYHEAD_GEO_DATABASE ${off}`,
      `PLAYHEAD_COUNTRY_HEADER ${off}`,
    ]);
    readSettings({ ...header, ...proxies });
  });

  test("are refused: one port for players and metrics, unless each has an address of its own", () => {
    const ports = { PLAYHEAD_PORT: "9000", PLAYHEAD_METRICS_PORT: "9000" };
    const words = ["PLAYHEAD_PORT and PLAYHEAD_METRICS_PORT must differ: both are 9000"];
    expect(refusalOf(ports)).toEqual(words);
    expect(refusalOf({ ...ports, PLAYHEAD_HOST: "127.0.0.1" })).toEqual(words);
    expect(refusalOf({ ...ports, PLAYHEAD_HOST: "10.0.0.1", PLAYHEAD_METRICS_HOST: "::" })).toEqual(words);
    readSettings({ ...ports, PLAYHEAD_HOST: "10.0.0.1" });
    readSettings({ PLAYHEAD_PORT: "0", PLAYHEAD_METRICS_PORT: "0" });
  });
});
