/** Asks for `/healthz` all the time, in a thread that the test's own work doesn't hold up. */

declare const self: Worker;

const PAUSE_MS = 2;

let slowestMs = 0;
let isGoing = true;

self.onmessage = async ({ data }: MessageEvent<string>) => {
  if (data === "stop") {
    isGoing = false;
    return;
  }
  await ask(data);
  postMessage("ready");
  slowestMs = 0;
  while (isGoing) {
    slowestMs = Math.max(slowestMs, await ask(data));
    await Bun.sleep(PAUSE_MS);
  }
  postMessage(slowestMs);
};

async function ask(url: string): Promise<number> {
  const sinceMs = performance.now();
  await (await fetch(`${url}/healthz`)).arrayBuffer();
  return performance.now() - sinceMs;
}
