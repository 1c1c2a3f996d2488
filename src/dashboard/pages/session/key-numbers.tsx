/** The numbers of a session that are looked for first; each leads to why it is what it is. */

import { counted } from "../../../base/counted.ts";
import type { MetricId } from "../../../sessions/metrics.ts";
import type { SessionDetail } from "../../api/answers.ts";
import {
  formatBitrate,
  formatCount,
  formatMetricShort,
  formatSeconds,
  formatShare,
  NOTHING,
} from "../../format/numbers.ts";
import { addressWith } from "../../model/place.ts";
import { Stat, Stats } from "../../parts/stat.tsx";

export function KeyNumbers({ detail: { metrics, session, watched, errors } }: { readonly detail: SessionDetail }) {
  const seconds = (id: MetricId) => formatMetricShort(metrics[id], { unit: "s", aggregation: "sum" });
  const times = (id: MetricId, what: string) => {
    const count = metrics[id];
    return typeof count === "number" ? counted(count, what) : NOTHING;
  };
  const length = session.params["media.length"];
  const unique = metrics["uniqueTimePlayed"] ?? 0;
  const bitrate = formatBitrate(metrics["averageBitrate"]);
  const isKnown = typeof length === "number" && length > 0;
  const why = (metric: MetricId) => addressWith({ tab: "metrics", metric });
  return (
    <Stats label="Key numbers">
      <Stat
        label="Content time"
        value={seconds("contentTimeSpent")}
        note={isKnown ? `of ${formatSeconds(length)}` : "length unknown"}
        href={why("contentTimeSpent")}
      />
      <Stat
        label="Watched"
        value={isKnown ? formatShare(Math.min(1, unique / length)) : seconds("uniqueTimePlayed")}
        note={metrics["contentCompletes"] === 1 ? "completed" : counted(watched.length, "part")}
        href={why("uniqueTimePlayed")}
      />
      <Stat label="Ad time" value={seconds("adTimeSpent")} note={times("adStarts", "ad")} href={why("adTimeSpent")} />
      <Stat label="Time to start" value={seconds("timeToStart")} note={`mean ${bitrate}`} href={why("timeToStart")} />
      <Stat
        label="Rebuffering"
        value={metrics["rebufferingRatio"] === null ? NOTHING : formatShare(metrics["rebufferingRatio"])}
        note={times("bufferEvents", "time")}
        href={why("rebufferingRatio")}
      />
      <Stat
        label="Stalls"
        value={formatCount(metrics["stallEvents"])}
        note={seconds("totalStallingDuration")}
        href={why("totalStallingDuration")}
      />
      <Stat
        label="Paused"
        value={seconds("totalPauseDuration")}
        note={times("pauseEvents", "time")}
        href={why("totalPauseDuration")}
      />
      <Stat
        label="Errors"
        value={<span class={metrics["errorEvents"] ? "bad" : ""}>{formatCount(metrics["errorEvents"])}</span>}
        note={errors[0]?.id ?? NOTHING}
        href={why("errorEvents")}
      />
    </Stats>
  );
}
