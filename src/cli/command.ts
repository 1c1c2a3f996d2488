/** The form of a command, and what it may use of the process, which main.ts hands in. */

import type { ProcessUsage } from "../app/app.ts";
import { AppError } from "../base/errors.ts";

export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  /** Writes a line of the log, by default as data. @returns false when it is lost, since the log has no reader */
  log?(line: string): boolean;
  /** Writes data of any size, a chunk at a time. @returns false once the reader has gone */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Messages for the person who typed the command. */
  err(text: string): void;
  /** Reads standard input to its end. */
  readonly in?: () => Promise<string>;
  /** The same as it comes. */
  readonly inStream?: () => ReadableStream<Uint8Array>;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Resolves when the process is asked to end. */
  readonly stopped: Promise<void>;
  /**
   * Continues as the user who owns a directory, if root runs the process.
   *
   * @returns that user; undefined if the user stays the same
   */
  readonly becomeOwnerOf?: (directory: string) => DirectoryOwner | undefined;
  /** Measures the process itself. */
  readonly usage?: () => ProcessUsage;
}

export interface DirectoryOwner {
  /** The user's number. */
  readonly id: number;
  /** Whether the user may come to the directory: not below a folder such as systemd's `/var/lib/private`. */
  readonly reachesIt: boolean;
}

/** The operand that stands for standard input. */
export const FROM_INPUT = "-";

/**
 * The file that a command is to read, or {@link FROM_INPUT}.
 *
 * @param command as the error names it
 * @throws AppError `invalid-config` where none is named
 */
export function fileOperand(command: string, { operands: [operand] }: Pick<Arguments, "operands">): string {
  if (operand !== undefined) return operand;
  throw new AppError("invalid-config", `Cannot ${command}: no file is named; give a FILE, or - for standard input`);
}

/** Reads standard input to its end; without one there is nothing in it. */
export async function inputOf(terminal: Terminal): Promise<string> {
  return (await terminal.in?.()) ?? "";
}

/** The command line: flags by name, without dashes, and operands. */
export interface Arguments {
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** The command's own switches that are present. */
  readonly switches: ReadonlySet<string>;
  readonly operands: readonly string[];
}

/** A flag that belongs to one command. */
export interface CommandOption {
  readonly name: string;
  /** Names its value in `--help`; absent for a switch. */
  readonly value?: string;
  readonly summary: string;
}

/** What an operand may be. */
interface Operand {
  readonly name: string;
  readonly summary: string;
}

export interface Command {
  readonly name: string;
  /** The operands, as `--help` shows them: `[eventType]`. */
  readonly operands?: string;
  /** Explains them. */
  readonly terms?: readonly Operand[];
  readonly operandsMax: number;
  readonly summary: string;
  /** Keys of the settings that it takes as flags. */
  readonly settings: readonly string[];
  readonly options?: readonly CommandOption[];
  /** A line to begin with. */
  readonly example: string;
  /** @returns the exit code: 0, or 1 for a failure */
  run(args: Arguments, terminal: Terminal): Promise<number>;
}
