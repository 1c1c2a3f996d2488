/** One event in a line. */

import { RULES, VERDICTS } from "../../../sessions/ledger.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { formatSeconds } from "../../format/numbers.ts";
import { formatPlayhead, formatTime } from "../../format/times.ts";
import { errorIdIn } from "../../model/error-id.ts";
import { Flags } from "../../parts/flags.tsx";
import { Words } from "../../parts/words.tsx";
import { wordOf } from "./blocks.ts";
import { formatOffset } from "./time-scale.ts";

interface EventRowProps {
  readonly event: LedgerEvent;
  /** Its index. */
  readonly at: number;
  /** When the session began, by the player's clock. */
  readonly zeroMs: number;
  readonly zone: string;
}

export function EventRow({ event, at, zeroMs, zone }: EventRowProps) {
  const { type, ts, playhead, verdict, rule, stateAfter, breakStateAfter, interval, flags } = event;
  const error = errorIdIn(event);
  return (
    <>
      <div role="gridcell" class="event-number">
        {at + 1}
      </div>
      <div role="gridcell" class="mono" title={formatTime(ts, "clock", zone)}>
        {formatOffset(ts - zeroMs)}
      </div>
      <div role="gridcell" class="event-name" title={error}>
        <span class="event-type">{type}</span>
        {error !== undefined && <span class="bad"> {error}</span>}
      </div>
      <div role="gridcell" class="mono">
        {formatPlayhead(playhead)}
      </div>
      <div role="gridcell">
        {/* What was counted is the rule: with a badge on every row, it would hide the rows that matter. */}
        {verdict === "counted" ? <span class="verdict note">counted</span> : <VerdictBadge verdict={verdict} />}
      </div>
      <div role="gridcell" class="event-counted">
        {interval.seconds > 0 && (
          <>
            <span class={`swatch tone-${interval.countedAs}`} aria-hidden="true" />
            {formatSeconds(interval.seconds)} {wordOf(interval.countedAs).toLowerCase()}
          </>
        )}
        <span class="note">
          {interval.seconds > 0 && " → "}
          {breakStateAfter === null ? stateAfter : `in ad: ${breakStateAfter}`}
        </span>
      </div>
      <div role="gridcell" class="event-why">
        {rule !== "in-place" && (
          <span title={RULES[rule].summary}>
            <code>{rule}</code> <Words text={RULES[rule].summary} />
          </span>
        )}
        <Flags flags={flags} />
      </div>
    </>
  );
}

export function VerdictBadge({ verdict }: Pick<LedgerEvent, "verdict">) {
  return (
    <span class={`badge verdict ${verdict}`} title={VERDICTS[verdict]}>
      {verdict}
    </span>
  );
}
