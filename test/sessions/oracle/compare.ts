/** Both programs over one session: which of their numbers differ. */

import { type FoldOptions, foldSession } from "../../../src/sessions/fold.ts";
import type { NamedMetrics } from "../../../src/sessions/metrics.ts";
import type { ArrivedEvent } from "../../../src/store/store.ts";
import { recompute } from "./recompute.ts";
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

export function differencesOf(events: readonly ArrivedEvent[], isArray: boolean, options: Partial<FoldOptions> = {}) {
  const folded = foldSession(events, { closed: true, isArray, ...options });
  const { metrics, rules } = recompute(events, { isArray, off: NONE });
  const differences = differencesIn(folded.metrics, metrics);
  const mended = Object.keys(folded.mended ?? {}).toSorted();
  if (mended.join() !== rules.join()) differences.push({ id: "rules", product: mended.join(), oracle: rules.join() });
  return differences;
}

/** The numbers of the product that the other program doesn't confirm. */
export function differencesIn(product: NamedMetrics, oracle: NamedMetrics): Difference[] {
  return Object.entries(product)
    .filter(([id, value]) => !isConfirmed(value, oracle[id]))
    .map(([id, value]) => ({ id, product: value, oracle: oracle[id] }));
}

function isConfirmed(value: number | null | undefined, by: number | null | undefined): boolean {
  if (typeof value !== "number" || typeof by !== "number") return value === by;
  return Math.abs(value - by) <= TOLERANCE + Math.abs(value) * RELATIVE;
}
