/** Waits for a condition, never for a guess at how long something takes. */

const INTERVAL_MS = 2;

/**
 * Polls until there is a value.
 *
 * @throws Error naming `what` if there is none after `msMax`
 */
export async function waitFor<T>(what: string, msMax: number, look: () => Promise<T | undefined>): Promise<T> {
  const untilMs = performance.now() + msMax;
  while (performance.now() < untilMs) {
    const found = await look();
    if (found !== undefined) return found;
    await Bun.sleep(INTERVAL_MS);
  }
  throw new Error(`Waited ${msMax / 1000} s in vain for ${what}`);
}
