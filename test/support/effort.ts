/** How much of what takes long runs: `bun run test:faults` runs all of it, the common test command its fast part. */

/** Whether this run takes its time. */
export const IS_FULL = process.env["FAULTS"] === "full";

/** The size of something in a full run, and in one beside all other tests, where two minutes are all there is. */
export function sized<T>({ full, fast }: { readonly full: T; readonly fast: T }): T {
  return IS_FULL ? full : fast;
}

/**
 * Where made-up input begins: a full run makes other input each time, the common test command the same one, since it must
 * not fail by chance. A failure names its seed; `FC_SEED=n bun test FILE` runs that one again.
 */
export const SEED = Number(process.env["FC_SEED"] ?? (IS_FULL ? Date.now() % 2 ** 31 : 1));
