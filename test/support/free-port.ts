/** A port that nothing listens on, for servers that must know their port beforehand or come back to it. */

/** Below the ports that systems hand out by themselves, so that no other test's connection takes it in the meantime. */
const FIRST = 20_000;
const COUNT = 12_000;

/** More than a process asks for: processes that start one after another take ports that are apart. */
const STRIDE = 97;

let next = process.pid * STRIDE;

export function freePort(): number {
  for (;;) {
    const port = FIRST + (next++ % COUNT);
    if (isFree(port)) return port;
  }
}

function isFree(port: number): boolean {
  try {
    void Bun.serve({ port, hostname: "127.0.0.1", fetch: () => new Response() }).stop(true);
    return true;
  } catch {
    return false;
  }
}
