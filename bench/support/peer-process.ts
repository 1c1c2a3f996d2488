/** Starts and ends a program of bench/peers. */

import { processCpuSeconds } from "./cpu.ts";
import { type Processes, SERVER_CORE } from "./processes.ts";

export interface PeerOptions {
  readonly processes: Processes;
  /** Its runtime, its file and its database. */
  readonly command: readonly string[];
  readonly schemasPath: string;
}

export interface Peer extends AsyncDisposable {
  readonly url: string;
  cpuSeconds(): number;
  kill(): Promise<void>;
}

const LIFE_MS_MAX = 900_000;

/** Starts a peer and resolves when it says its URL; disposing of it kills it. */
export async function startPeer({ processes, command, schemasPath }: PeerOptions): Promise<Peer> {
  // The usual way to run them.
  const child = processes.spawn(["env", "NODE_ENV=production", ...command, schemasPath], {
    core: SERVER_CORE,
    lifeMsMax: LIFE_MS_MAX,
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await child.exited;
  };
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  const url = text.trim();
  if (url === "") throw new Error(`${command[1]} ended with ${await child.exited} before it was ready`);
  return { url, cpuSeconds: () => processCpuSeconds(child.pid), kill, [Symbol.asyncDispose]: kill };
}
