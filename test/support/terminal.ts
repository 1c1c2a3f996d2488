/** A terminal that keeps all output. */

import { runCli } from "../../src/cli/cli.ts";
import type { Terminal } from "../../src/cli/command.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Output that was written as bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Runs a command line in this process; by default it writes to a pipe and runs to its end. */
export async function runCommand(argv: readonly string[], terminal: Partial<Terminal> = {}): Promise<Ran> {
  let out = "";
  let err = "";
  const chunks: Uint8Array[] = [];
  const code = await runCli(argv, {
    environment: {},
    out: (text) => {
      out += text;
    },
    write: async (bytes) => {
      chunks.push(bytes);
      return true;
    },
    err: (text) => {
      err += text;
    },
    outIsTerminal: false,
    errIsTerminal: false,
    stopped: new Promise(() => {}),
    ...terminal,
  });
  return { code, out, err, bytes: new Uint8Array(Buffer.concat(chunks)) };
}
