/** Reads the command line and runs its command: `playhead [command] [flags] [operands]`. */

import { parseArgs } from "node:util";
import { didYouMean } from "../base/did-you-mean.ts";
import { AppError, type ErrorCode } from "../base/errors.ts";
import { flagOf, loadConfig } from "../config.ts";
import { VERSION } from "../version.ts";
import type { Arguments, Command, Terminal } from "./command.ts";
import { helpOf, overview, settingsOf } from "./help.ts";
import { serve } from "./serve.ts";

const USAGE_EXIT = 2;
const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(["invalid-config", "invalid-query"]);
/** Characters of typed text that a message repeats. */
const SHOWN_CHARS_MAX = 40;

class UsageError extends Error {}

/**
 * Runs the command that the arguments name.
 *
 * @param argv the arguments, without the program itself
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage
 */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  let owner: number | undefined;
  try {
    const [first = "", ...rest] = argv;
    if (first === "--version" || first === "-v") return say(terminal, `${VERSION}\n`);
    if (["--help", "-h", "help"].includes(first)) return say(terminal, overview(await commands()));
    const isNamed = first !== "" && !first.startsWith("-");
    const command = isNamed ? await commandOf(first) : serve;
    const args = isNamed ? rest : argv;
    if (args.includes("--help") || args.includes("-h")) return say(terminal, helpOf(command));
    const parsed = parse(command, args);
    owner = becomeOwner(command, parsed, terminal);
    return await command.run(parsed, terminal);
  } catch (error) {
    const code = explain(error, terminal);
    if (owner !== undefined) terminal.err(`The command ran as user ${owner}, who owns the data directory.\n`);
    return code;
  }
}

/**
 * Lets root run a command as the owner of the data directory, since the server can't use root's files there.
 *
 * @returns the owner's number, if the user changed
 */
function becomeOwner(command: Command, { flags }: Arguments, terminal: Terminal): number | undefined {
  if (command === serve || !command.settings.includes("dataDir")) return undefined;
  const { dataDir } = loadConfig(terminal.environment, flags).storage;
  const owner = terminal.becomeOwnerOf?.(dataDir);
  if (owner && !owner.reachesIt) {
    const why = `user ${owner.id}, who owns it, may not enter a folder above it; open that folder, or move this one`;
    throw new AppError("data-dir-unusable", `Cannot use "${dataDir}": ${why}`);
  }
  return owner?.id;
}

/** Loads all commands. `serve` is loaded without them, to start faster. */
async function commands(): Promise<readonly Command[]> {
  const { COMMANDS } = await import("./commands.ts");
  return COMMANDS;
}

async function commandOf(name: string): Promise<Command> {
  if (name === serve.name) return serve;
  const all = await commands();
  const found = all.find((command) => command.name === name);
  if (found) return found;
  const names = all.map((command) => command.name);
  const hint = didYouMean(name, names) || ".";
  throw new UsageError(`There is no command "${name.slice(0, SHOWN_CHARS_MAX)}"${hint} Commands: ${names.join(", ")}.`);
}

function parse(command: Command, args: readonly string[]): Arguments {
  const settings = settingsOf(command).filter(({ secret }) => !secret);
  const isSwitch = new Set(settings.filter(({ kind }) => kind === "switch").map(({ key }) => flagOf(key)));
  const names = settings.map(({ key }) => flagOf(key));
  const own = command.options ?? [];
  const options = Object.fromEntries([
    ...names.map((name) => [name, { type: isSwitch.has(name) ? ("boolean" as const) : ("string" as const) }] as const),
    ...own.map(({ name, value }) => [name, { type: value ? ("string" as const) : ("boolean" as const) }] as const),
  ]);
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > command.operandsMax) {
      throw new UsageError(`playhead ${command.name} takes ${command.operands ?? "no operands"}.`);
    }
    const given = Object.entries(values);
    return {
      flags: Object.fromEntries(
        given
          .filter(([name, value]) => typeof value === "string" || isSwitch.has(name))
          .map(([name, value]) => [name, String(value)]),
      ),
      switches: new Set(given.filter(([name, value]) => value === true && !isSwitch.has(name)).map(([name]) => name)),
      operands: positionals,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${whyNot(error, command, Object.keys(options))}\nplayhead ${command.name} --help lists the flags.`,
    );
  }
}

/** Says what is wrong with a flag, where the parser's message is about its own arguments. */
function whyNot(error: unknown, { name }: Command, known: readonly string[]): string {
  const { code, message } = error as { code?: string; message: string };
  const flag = /\B(-[^' ]+)/.exec(message)?.[1]?.slice(0, SHOWN_CHARS_MAX) ?? "";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const flags = [...known, "help"].map((each) => `--${each}`);
    return `playhead ${name} has no flag ${flag}${didYouMean(flag, flags) || "."}`;
  }
  if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") return message;
  if (message.includes("does not take")) return `playhead ${name} takes ${flag} without a value.`;
  const hint = message.includes("ambiguous") ? `; one that begins with a dash as ${flag}=-…` : ".";
  return `playhead ${name} takes ${flag} with a value${hint}`;
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    terminal.err(`${error.message}\n`);
    return USAGE_EXIT;
  }
  if (!(error instanceof AppError)) throw error;
  terminal.err(`${error.message}\n`);
  return USAGE_CODES.has(error.code) ? USAGE_EXIT : 1;
}

function say(terminal: Terminal, text: string): number {
  terminal.out(text);
  return 0;
}
