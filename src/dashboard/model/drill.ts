/** Chooses the next breakdown of a chosen value, one step deeper. */

import type { DimensionName } from "../api/answers.ts";

/** From wide to narrow. */
const STEPS: readonly DimensionName[] = ["media.channel", "media.show", "media.name", "media.playerName"];
const AFTER_OTHERS: DimensionName = "media.name";

/**
 * The dimension behind another one that no filter has chosen a value of yet; undefined where the sessions are next.
 *
 * @param filters those that then hold, that of the value among them
 */
export function nextDimension(by: string, filters: readonly string[]): DimensionName | undefined {
  const steps: readonly string[] = STEPS;
  const at = steps.indexOf(by);
  const deeper = at === -1 ? STEPS.slice(STEPS.indexOf(AFTER_OTHERS)) : STEPS.slice(at + 1);
  return deeper.find((name) => !filters.some((filter) => isOf(name, filter)));
}

function isOf(name: DimensionName, filter: string): boolean {
  return filter.startsWith(`${name}==`) || filter.startsWith(`${name} in `);
}
