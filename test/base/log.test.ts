/** Log lines: one object a line whatever is in them, cut and cleaned, at their level or above. */

import { describe, expect, test } from "bun:test";
import { createLog, LOG_LEVELS, type LogFields, type LogLevel } from "../../src/base/log.ts";
import { ManualClock } from "../support/clock.ts";

const NOW = "2023-11-14T22:13:20.000Z";
const NASTY = 'a\nb\r\nc\u0000d\u001b[2Je\u0085f\u2028g\u2029h\u007fi"j\\k\t';
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

function linesOf(
  options: { level?: LogLevel; format?: "json" | "text" },
  message = "Said",
  fields?: LogFields,
): string[] {
  const lines: string[] = [];
  const { level = "debug", format = "json" } = options;
  const log = createLog({ level, format, clock: new ManualClock(), write: (line) => lines.push(line) });
  for (const each of LOG_LEVELS) log[each](message, fields);
  return lines;
}

describe("a JSON log line", () => {
  test("is one object with time, level, message and the fields as they are", () => {
    const [line = ""] = linesOf({}, "Opened", {
      openSessions: 3,
      ready: true,
      url: "http://localhost",
      none: undefined,
    });
    expect(line.endsWith("\n")).toBe(true);
    expect(JSON.parse(line)).toEqual({
      time: NOW,
      level: "debug",
      message: "Opened",
      openSessions: 3,
      ready: true,
      url: "http://localhost",
    });
  });

  test("stays one line without control characters whatever its texts hold", () => {
    const [line = ""] = linesOf({}, NASTY, { error: NASTY });
    expect(line.slice(0, -1)).not.toMatch(HARMFUL);
    const { message, error } = JSON.parse(line) as Record<string, string>;
    for (const text of [message, error]) {
      expect(text).not.toMatch(HARMFUL);
      expect(text).toStartWith("a b");
      expect(text).toContain('i"j\\k');
    }
  });

  test("cuts each text to 200 characters and shows that it did", () => {
    const [line = ""] = linesOf({}, "m".repeat(10_000), { exact: "e".repeat(200), over: "o".repeat(201) });
    expect(JSON.parse(line)).toMatchObject({
      message: `${"m".repeat(200)}…`,
      exact: "e".repeat(200),
      over: `${"o".repeat(200)}…`,
    });
  });
});

describe("a log line for people", () => {
  test("tells time, level, message and fields in one line", () => {
    const [line] = linesOf({ format: "text" }, "Listening", { url: "http://localhost", port: 8080, none: undefined });
    expect(line).toBe('22:13:20.000 DEBUG Listening url="http://localhost" port=8080\n');
  });

  test("never moves the cursor of a terminal, and is cut as well", () => {
    const [line = ""] = linesOf({ format: "text" }, NASTY, { error: NASTY, long: "x".repeat(201) });
    expect(line.slice(0, -1)).not.toMatch(HARMFUL);
    expect(line).toEndWith(`long="${"x".repeat(200)}…"\n`);
  });
});

describe("a log's level", () => {
  for (const [index, level] of LOG_LEVELS.entries()) {
    test(`${level} lets through what is at it or above`, () => {
      const written = linesOf({ level }).map((line) => JSON.parse(line).level);
      expect(written).toEqual(LOG_LEVELS.slice(index));
    });
  }
});
