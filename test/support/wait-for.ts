/** Waits for a condition, and no longer. */

/** Only a machine that is busy with other work takes as long. */
const CONDITION_MS_MAX = 20_000;
const POLL_MS = 5;
/** How long it waits for each time that a look takes: a report that is asked for again and again keeps a core busy. */
const REST_FACTOR = 2;

/** Resolves once a condition holds. @throws Error when it doesn't within the bound */
export async function waitFor(condition: () => boolean | Promise<boolean>, msMax = CONDITION_MS_MAX): Promise<void> {
  const endMs = performance.now() + msMax;
  for (;;) {
    const sinceMs = performance.now();
    if (await condition()) return;
    const nowMs = performance.now();
    if (nowMs > endMs) throw new Error(`The condition did not come true within ${msMax} ms`);
    await Bun.sleep(Math.max(POLL_MS, REST_FACTOR * (nowMs - sinceMs)));
  }
}
