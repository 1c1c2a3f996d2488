/** How long the server leaves a client waiting that asks for next to nothing. */

import { join } from "node:path";
import { sized } from "../../support/effort.ts";
import type { ServerProcess } from "../../support/process.ts";

/** What another client may wait, whatever is sent; beside all other tests each step takes longer. */
export const WAIT_MS_MAX = sized({ full: 100, fast: 400 });

export interface Probe extends Disposable {
  /** Ends it. @returns the longest that an answer took, in milliseconds, without what other processes took of it */
  stop(): Promise<number>;
}

/** Begins to ask for `/healthz`, again and again; resolves once the first answer was there. */
export async function startProbe({ url, pid }: Pick<ServerProcess, "url" | "pid">): Promise<Probe> {
  const command = [process.execPath, join(import.meta.dir, "probe-process.ts"), url, String(pid)];
  const child = Bun.spawn(command, { stdout: "pipe" });
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await lines.read();
  return {
    async stop() {
      child.kill("SIGTERM");
      const { value } = await lines.read();
      return Number(value);
    },
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}
