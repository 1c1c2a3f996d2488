/** Logs: one JSON object per line, or lines for people on a terminal. They hold no body, token or personal data. */

import type { Clock } from "./clock.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

interface LogOptions {
  readonly level: LogLevel;
  /** `json` for machines, `text` for a person at a terminal. */
  readonly format: "json" | "text";
  readonly clock: Clock;
  /** Returns false when the line is lost. */
  readonly write: (line: string) => unknown;
}

const VALUE_CHARS_MAX = 200;
/** Characters that could start a new line or move a terminal's cursor. */
const CONTROL_CHARACTERS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/** Makes a log that writes entries at its level or above. */
export function createLog(options: LogOptions): Log {
  const { format, clock, write } = options;
  const least = LOG_LEVELS.indexOf(options.level);
  const toLine = format === "json" ? jsonLine : textLine;
  let lost = 0;
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(level) < least) return;
      const time = new Date(clock.nowMs()).toISOString();
      const before = lost === 0 ? "" : toLine(time, "warn", "Lines of the log were lost: it was not read", { lost });
      lost = write(before + toLine(time, level, message, fields)) === false ? lost + 1 : 0;
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const cut: Record<string, unknown> = { time, level, message: clean(message) };
  for (const [key, value] of Object.entries(fields)) cut[key] = typeof value === "string" ? clean(value) : value;
  return `${JSON.stringify(cut)}\n`;
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  let line = `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${clean(message)}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key}=${typeof value === "string" ? JSON.stringify(clean(value)) : value}`;
  }
  return `${line}\n`;
}

function clean(text: string): string {
  const line = text.replace(CONTROL_CHARACTERS, " ");
  return line.length > VALUE_CHARS_MAX ? `${line.slice(0, VALUE_CHARS_MAX)}…` : line;
}
