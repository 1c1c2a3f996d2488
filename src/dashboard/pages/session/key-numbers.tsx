/** The numbers of a session that readers look for first; each leads to its evidence. */

import type { ComponentChildren } from "preact";
import { counted } from "../../../base/counted.ts";
import type { MetricId } from "../../../sessions/metrics.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { formatBitrate, formatCount, formatSeconds, formatShare, NOTHING } from "../../format/numbers.ts";
import { formatPlayhead } from "../../format/times.ts";
import { addressWith } from "../../model/place.ts";
import { Stat, Stats } from "../../parts/stat.tsx";

export function KeyNumbers({ detail }: { readonly detail: SessionDetail }) {
  const { metrics, errors } = detail;
  const seconds = (id: MetricId) => formatSeconds(metrics[id]);
  const times = (id: MetricId, what: string) => {
    const count = metrics[id];
    return typeof count === "number" && count > 0 ? counted(count, what) : NOTHING;
  };
  return (
    <Stats label="Key numbers">
      <Watched detail={detail} />
      <Tile
        label="Content time"
        of={metrics}
        by="contentTimeSpent"
        note={metrics["totalPauseDuration"] ? `paused ${seconds("totalPauseDuration")}` : "never paused"}
      >
        {seconds("contentTimeSpent")}
      </Tile>
      <Tile label="Ads" of={metrics} by="adStarts" note={seconds("adTimeSpent")}>
        {formatCount(metrics["adStarts"])}
      </Tile>
      <Tile label="Startup time" of={metrics} by="timeToStart" note="as reported">
        {seconds("timeToStart")}
      </Tile>
      <Tile label="Bitrate" of={metrics} by="averageBitrate" note="on average">
        {formatBitrate(metrics["averageBitrate"])}
      </Tile>
      <Tile label="Rebuffering" of={metrics} by="rebufferingRatio" note={times("bufferEvents", "time")}>
        {formatShare(metrics["rebufferingRatio"])}
      </Tile>
      <Tile label="Stalls" of={metrics} by="stallEvents" note={seconds("totalStallingDuration")}>
        {formatCount(metrics["stallEvents"])}
      </Tile>
      <Tile label="Errors" of={metrics} by="errorEvents" note={errors[0]?.id ?? NOTHING} isBad>
        {formatCount(metrics["errorEvents"])}
      </Tile>
    </Stats>
  );
}

interface TileProps {
  readonly label: string;
  readonly of: SessionDetail["metrics"];
  readonly by: MetricId;
  readonly note: string;
  /** Whether anything but zero is trouble. */
  readonly isBad?: boolean;
  readonly children: ComponentChildren;
}

/** Zeros are soft, so that what is not zero stands out. */
function Tile({ label, of, by, note, isBad = false, children }: TileProps) {
  const isNothing = !of[by];
  return (
    <Stat
      label={label}
      value={<span class={isNothing ? "none" : isBad ? "bad" : ""}>{children}</span>}
      note={isNothing ? NOTHING : note}
      href={whyOf(by)}
    />
  );
}

/** How much of the content; broadcasts have no end to come to. */
function Watched({ detail: { metrics, session, watched } }: { readonly detail: SessionDetail }) {
  const length = session.params["media.length"];
  const isKnown = typeof length === "number" && length > 0;
  const unique = metrics["uniqueTimePlayed"] ?? 0;
  const end = metrics["contentCompletes"] === 1 ? "completed" : counted(watched.length, "part");
  return (
    <Stat
      label="Watched"
      value={isKnown ? formatShare(Math.min(1, unique / length)) : formatSeconds(unique)}
      note={isKnown ? `of ${formatPlayhead(Math.round(length))}, ${end}` : "length unknown"}
      href={whyOf("uniqueTimePlayed")}
    />
  );
}

function whyOf(metric: MetricId): string {
  return addressWith({ tab: "metrics", metric });
}
