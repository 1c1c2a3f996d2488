/** What went wrong in a session, as chips: nothing for most. */

import { counted } from "../../../base/counted.ts";
import type { SessionSummary } from "../../api/answers.ts";
import { formatSeconds } from "../../format/numbers.ts";

interface TroubleProps {
  readonly of: SessionSummary["metrics"];
  /** Whether there is room for errors only. */
  readonly isBad?: boolean;
}

export function Trouble({ of, isBad = false }: TroubleProps) {
  const chips = troubleIn(of).filter(([tone]) => !isBad || tone === "bad");
  if (chips.length === 0) return null;
  return (
    <span class="trouble">
      {chips.map(([tone, words]) => (
        <span key={words} class={`badge ${tone}`}>
          {words}
        </span>
      ))}
    </span>
  );
}

/** The worst first. */
function troubleIn(metrics: SessionSummary["metrics"]): (readonly [string, string])[] {
  const of = (id: keyof SessionSummary["metrics"]) => metrics[id] ?? 0;
  const errors = of("errorEvents");
  const stalledS = of("totalStallingDuration");
  const buffers = of("rebufferEvents");
  const isFailed = of("playbackFailures") > 0;
  return [
    ...(isFailed ? [["bad", "failed to start"] as const] : []),
    ...(errors > 0 ? [["bad", counted(errors, "error")] as const] : []),
    ...(stalledS > 0 ? [["warn", `stalled ${formatSeconds(stalledS)}`] as const] : []),
    ...(buffers > 0 ? [["warn", `rebuffered ${buffers}×`] as const] : []),
    ...(of("exitsBeforeStart") > 0 && !isFailed ? [["", "left before start"] as const] : []),
  ];
}
