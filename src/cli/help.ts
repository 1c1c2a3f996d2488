/** What `--help` says: of the program, and of each command by itself. */

import { rangeOf as integerRangeOf } from "../base/setting.ts";
import { environmentNameOf, flagOf, GROUP_TITLES, SETTINGS, type Setting, type SettingGroup } from "../config.ts";
import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";

const NAME_COLUMN = 26;
const INDENT = " ".repeat(NAME_COLUMN);
const LINE_CHARS = 100;
/** With more settings than this, each group has a title. */
const UNTITLED_MAX = 12;

/** Lists every command. */
export function overview(all: readonly Command[]): string {
  const commands = all.map(({ name, operands = "", summary }) => line(`${name} ${operands}`, summary));
  return [
    `Playhead ${VERSION}: a self-hosted server for the Media Collection API v1.`,
    "",
    "Usage: playhead [command] [flags]",
    "",
    ...commands,
    "",
    "playhead COMMAND --help lists its flags; playhead --version prints the version.",
    "",
  ].join("\n");
}

/** Explains a command: what it takes, its flags, and a line to begin with. */
export function helpOf(command: Command): string {
  const { name, summary, operands, terms = [], options = [], example } = command;
  const all = settingsOf(command);
  const settings = all.filter(({ secret }) => !secret);
  const [flag] = settings;
  const usage = ["playhead", name, operands, flag || options.length > 0 ? "[flags]" : undefined];
  return [
    wrapped([""], summary),
    "",
    `Usage: ${usage.filter((word) => word !== undefined).join(" ")}`,
    ...section(
      "Operands",
      terms.map((term) => line(term.name, term.summary)),
    ),
    ...section(
      "Flags",
      options.map((option) => line(`--${option.name} ${option.value ?? ""}`, option.summary)),
    ),
    ...settingSections(settings),
    ...section(
      "Environment only, since every user of the machine can read a command line",
      all.filter(({ secret }) => secret).map(({ key, summary }) => line(environmentNameOf(key), summary)),
    ),
    "",
    `Example: ${example}`,
    ...(flag ? [`The environment can give each setting too: ${environmentOf(flag)}.`] : []),
    "",
  ].join("\n");
}

/** The settings that a command takes as flags. */
export function settingsOf(command: Command): readonly Setting[] {
  return SETTINGS.filter(({ key }) => command.settings.includes(key));
}

function settingSections(settings: readonly Setting[]): string[] {
  if (settings.length <= UNTITLED_MAX) return section("Settings", settings.map(settingLine));
  const titles = Object.entries(GROUP_TITLES) as [SettingGroup, string][];
  return titles.flatMap(([group, title]) =>
    section(title, settings.filter((setting) => setting.group === group).map(settingLine)),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}

function settingLine(setting: Setting): string {
  return line(`--${flagOf(setting.key)}`, `${setting.summary} ${rangeOf(setting)}`);
}

function environmentOf({ key }: Setting): string {
  return `${environmentNameOf(key)} for --${flagOf(key)}`;
}

function rangeOf(setting: Setting): string {
  switch (setting.kind) {
    case "integer":
      return `[${integerRangeOf(setting)}, default ${setting.fallback}]`;
    case "switch":
      return `[default ${setting.fallback}]`;
    case "choice":
      return `[${setting.choices.join(" | ")}, default ${setting.fallback}]`;
    case "list":
      return `[${setting.wants}, separated by commas${defaultOf(setting.fallback.join(", "))}]`;
    case "text":
      return bracketed(setting.form?.wants ?? "", defaultOf(setting.fallback));
  }
}

function defaultOf(fallback = ""): string {
  return fallback === "" ? "" : `, default ${fallback}`;
}

function bracketed(...parts: readonly string[]): string {
  const text = parts.join("").replace(/^, /, "");
  return text === "" ? "" : `[${text}]`;
}

/** A name and what it means, in columns of their own. */
function line(name: string, summary: string): string {
  const start = `  ${name.trim()}`.padEnd(NAME_COLUMN);
  return wrapped(start.length > NAME_COLUMN ? [start, INDENT] : [start], summary);
}

/** Wraps a text after its first lines, indented as the last of them. A range stays in one piece if it is short. */
function wrapped(first: readonly string[], text: string): string {
  const lines = [...first];
  const indent = " ".repeat(first.at(-1)?.length ?? 0);
  for (const word of text.trim().match(/\[[^\]]{1,60}\]\S*|\S+/g) ?? []) {
    const last = lines.at(-1) ?? "";
    const joined = last === "" ? word : `${last} ${word}`;
    if (joined.length > LINE_CHARS) lines.push(indent === "" ? word : `${indent} ${word}`);
    else lines[lines.length - 1] = joined;
  }
  return lines.join("\n");
}
