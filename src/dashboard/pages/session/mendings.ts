/** Where rules mended a session, and by how much. */

import { SECOND_MS } from "../../../base/units.ts";
import { type MendingRule, mendingsIn } from "../../../sessions/ledger.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { formatSeconds } from "../../format/numbers.ts";
import { mendedPartOf, takingPart } from "./periods.ts";

/** What rules mended at an event: up to where mending changes nothing any more, or another event shows some. */
interface MendedStretch {
  readonly rules: readonly MendingRule[];
  /** The index of the event. */
  readonly at: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Time that counts as another kind than without mending. */
  readonly ms: number;
  /** What everything from the event on moved by, as its clock was set. */
  readonly movedMs: number;
}

export function mendedStretches(events: readonly LedgerEvent[]): MendedStretch[] {
  const found: MendedStretch[] = [];
  let beforeMs = 0;
  for (const { event, at } of takingPart(events)) {
    const rules = mendingsIn(event.flags);
    const { fromMs, toMs } = mendedPartOf(event);
    const shiftMs = event.ts - (event.saidTs ?? event.ts);
    const last = found.at(-1);
    if (rules.length > 0) {
      const isTime = toMs > fromMs;
      const [beginMs, endMs] = isTime ? [fromMs, toMs] : [event.ts, event.ts];
      found.push({ rules, at, fromMs: beginMs, toMs: endMs, ms: toMs - fromMs, movedMs: shiftMs - beforeMs });
    } else if (last && toMs > fromMs) found[found.length - 1] = { ...last, toMs, ms: last.ms + toMs - fromMs };
    beforeMs = shiftMs;
  }
  return found;
}

/** By how much. */
export function amountOf({ ms, movedMs }: Pick<MendedStretch, "ms" | "movedMs">): string {
  const where = movedMs < 0 ? "back" : "forward";
  const moved = formatSeconds(Math.abs(movedMs) / SECOND_MS);
  const parts = [
    ...(ms > 0 ? [`${formatSeconds(ms / SECOND_MS)} count as another kind`] : []),
    ...(movedMs === 0 ? [] : [`all from here on moves ${where} by ${moved}`]),
  ];
  return parts.join("; ") || "no time counts otherwise";
}
