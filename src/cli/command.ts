/** The form of a command, and what it may touch: everything of the process comes in from main.ts. */

import type { ProcessUsage } from "../app/app.ts";

export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Data and logs. */
  out(text: string): void;
  /** Data of any size, a chunk at a time: resolves once it is on its way. @returns false when nobody reads any more */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Words for the person who typed the command. */
  err(text: string): void;
  /** Reads standard input to its end. */
  readonly in?: () => Promise<string>;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Resolves when the process is asked to end. */
  readonly stopped: Promise<void>;
  /**
   * Goes on, where root runs it, as the user who owns a directory.
   *
   * @returns that user's number; undefined where nothing changed
   */
  readonly becomeOwnerOf?: (directory: string) => number | undefined;
  /** What the process takes of the machine. */
  readonly usage?: () => ProcessUsage;
}

/** What the command line gave: flags by name without dashes, and what isn't a flag. */
export interface Arguments {
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** The command's own switches that were given. */
  readonly switches: ReadonlySet<string>;
  readonly operands: readonly string[];
}

/** A flag of one command's own. */
export interface Option {
  readonly name: string;
  /** What its value is called in `--help`; absent for a switch. */
  readonly value?: string;
  readonly summary: string;
}

export interface Command {
  readonly name: string;
  /** Its operands as `--help` shows them: `[eventType]`. */
  readonly operands?: string;
  readonly operandsMax: number;
  readonly summary: string;
  /** Keys of the settings that it heeds, as flags. */
  readonly settings: readonly string[];
  readonly options?: readonly Option[];
  /** @returns the exit code: 0, or 1 for a failure */
  run(args: Arguments, terminal: Terminal): Promise<number>;
}
