/** How long the server leaves a client waiting that asks for next to nothing. */

/** What another client may wait, whatever is sent. */
const WAIT_MS_MAX = 100;

export interface Probe {
  /** Ends it. @returns the longest that an answer took, in milliseconds */
  stop(): Promise<number>;
}

/** Begins to ask for `/healthz`, again and again; resolves once the first answer was there. */
export async function startProbe(url: string): Promise<Probe> {
  const worker = new Worker(new URL("./probe-worker.ts", import.meta.url));
  const said = () =>
    new Promise<unknown>((resolve) => worker.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  worker.postMessage(url);
  await said();
  return {
    async stop() {
      const slowestMs = said();
      worker.postMessage("stop");
      const ms = (await slowestMs) as number;
      worker.terminate();
      return ms;
    },
  };
}

const QUIET_MS = 2000;
const TIMES_QUIET = 10;

/** The longest wait that a machine allows: 100 ms, or some times what other work on it costs while the server rests. */
export async function allowedMs(url: string): Promise<number> {
  const probe = await startProbe(url);
  await Bun.sleep(QUIET_MS);
  return Math.max(WAIT_MS_MAX, TIMES_QUIET * (await probe.stop()));
}
