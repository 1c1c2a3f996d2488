/** How long the server leaves a client waiting that asks for next to nothing. */

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
