/** Both programs over one session: which of their numbers differ. */

import { foldSession } from "../../../src/sessions/fold.ts";
import type { NamedMetrics } from "../../../src/sessions/metrics.ts";
import type { ArrivedEvent } from "../../../src/store/store.ts";
import { type Recomputed, recompute } from "./recompute.ts";
import type { Rule } from "./told.ts";

/** Half of the last of three decimals; ratios and bitrates to a millionth of themselves. */
const TOLERANCE = 0.0005;
const RELATIVE = 1e-6;
const NONE: ReadonlySet<Rule> = new Set();

export interface Difference {
  readonly id: string;
  readonly product: unknown;
  readonly oracle: unknown;
}

export function differencesOf(events: readonly ArrivedEvent[], isArray: boolean): Difference[] {
  const folded = foldSession(events, { closed: true, isArray });
  const recomputed = recompute(events, { isArray, off: NONE });
  const differences = differencesIn(folded.metrics, recomputed);
  const product = Object.keys(folded.mended ?? {})
    .toSorted()
    .join();
  const oracle = recomputed.rules.join();
  return product === oracle ? differences : [...differences, { id: "rules", product, oracle }];
}

/** The numbers of the product that the other program doesn't confirm. */
export function differencesIn(
  product: NamedMetrics,
  { metrics, rules }: Pick<Recomputed, "metrics" | "rules">,
): Difference[] {
  return (
    Object.entries(product)
      // How the player's own order would have gone on within a tick is a matter of taste.
      .filter(([id]) => id !== "mendedTime" || !rules.includes("same-tick"))
      .filter(([id, value]) => !isConfirmed(value, metrics[id]))
      .map(([id, value]) => ({ id, product: value, oracle: metrics[id] }))
  );
}

export function isConfirmed(value: unknown, by: unknown): boolean {
  if (typeof value !== "number" || typeof by !== "number") return value === by;
  return Math.abs(value - by) <= TOLERANCE + Math.abs(value) * RELATIVE;
}
