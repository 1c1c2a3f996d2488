/** Waits for a condition, and no longer. */

const CONDITION_MS_MAX = 10_000;
const POLL_MS = 5;

/** Resolves once a condition holds. @throws Error when it doesn't within the bound */
export async function waitFor(condition: () => boolean | Promise<boolean>, msMax = CONDITION_MS_MAX): Promise<void> {
  const endMs = performance.now() + msMax;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`The condition did not come true within ${msMax} ms`);
    await Bun.sleep(POLL_MS);
  }
}
