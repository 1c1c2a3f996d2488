/** Now: who is playing, what starts and what fails, second by second. */

import { useEffect, useState } from "preact/hooks";
import { counted } from "../../base/counted.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { LiveSnapshot } from "../api/answers.ts";
import { useStream } from "../api/use-stream.ts";
import { formatCompact, formatCount, formatShare } from "../format/numbers.ts";
import { ownZone } from "../format/times.ts";
import { elapsedMs } from "../model/clock.ts";
import { addressOf } from "../model/place.ts";
import { Bar } from "../parts/bar.tsx";
import { FirstSteps } from "../parts/first-steps.tsx";
import { HeatMap } from "../parts/heat-map.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Panel } from "../parts/panel.tsx";
import { Stat, Stats } from "../parts/stat.tsx";
import { StreamLight } from "../parts/stream-state.tsx";
import { TimeChart } from "../parts/time-chart.tsx";
import { isNewcomer, useProgress } from "../parts/use-progress.ts";

interface Heard {
  readonly snapshot: LiveSnapshot;
  /** On the stopwatch. */
  readonly atMs: number;
}

const LOOK_MS = SECOND_MS;
const CHART_HEIGHT = 190;

export function NowPage() {
  const [heard, setHeard] = useState<Heard>();
  const state = useStream<{ snapshot: LiveSnapshot }>("/admin/api/live", {
    snapshot: (snapshot) => setHeard({ snapshot, atMs: elapsedMs() }),
  });
  const silentMs = useSilence(heard?.atMs);
  return (
    <>
      <PageHead title="Now">
        <StreamLight state={state} silentMs={silentMs} />
      </PageHead>
      {heard ? <Moment {...heard.snapshot} /> : <div class="waiting" role="status" aria-label="Loading" />}
    </>
  );
}

/** How long the stream has been silent; checked each second, since silence triggers no event. */
function useSilence(sinceMs: number | undefined): number {
  const [ms, setMs] = useState(0);
  useEffect(() => {
    if (sinceMs === undefined) return;
    setMs(0);
    const timer = setInterval(() => setMs(elapsedMs() - sinceMs), LOOK_MS);
    return () => clearInterval(timer);
  }, [sinceMs]);
  return ms;
}

function Moment(snapshot: LiveSnapshot) {
  const { minutes, topTitles } = snapshot;
  const progress = useProgress();
  // A refused request may belong to any report suite, so the server hides the count from a limited token.
  const isWhole = snapshot.rejectedPerMinute !== null;
  return (
    <div class="rows">
      {progress && isNewcomer(progress) && (
        <Panel title="First steps">
          <Empty>
            <FirstSteps progress={progress} />
          </Empty>
        </Panel>
      )}
      <Headlines {...snapshot} />
      <div class="columns wide-first">
        <Panel title="The last hour, minute by minute">
          <div class="panel-body">
            <TimeChart
              label="Most sessions playing at once, by the minute"
              times={minutes.map(({ time }) => time)}
              lines={[
                { label: "Playing", values: minutes.map((each) => each.playingMax), tone: "first", filled: true },
              ]}
              granularity="minute"
              zone={ownZone()}
              format={formatCount}
              height={CHART_HEIGHT}
            />
            <HeatMap
              times={minutes.map(({ time }) => time)}
              rows={[
                { label: "Playing", tone: "plain", values: minutes.map((each) => each.playingMax) },
                { label: "Starts", tone: "plain", values: minutes.map((each) => each.starts) },
                { label: "Events", tone: "plain", values: minutes.map((each) => each.events) },
                { label: "Errors", tone: "bad", values: minutes.map((each) => each.errors) },
                ...(isWhole
                  ? [{ label: "Refused", tone: "bad" as const, values: minutes.map((each) => each.rejected ?? 0) }]
                  : []),
              ]}
            />
          </div>
        </Panel>
        <Panel title="Most played now">
          {topTitles.length === 0 ? <Empty>No session is playing.</Empty> : <TopTitles titles={topTitles} />}
        </Panel>
      </div>
    </div>
  );
}

function Headlines(snapshot: LiveSnapshot) {
  const { playing, openSessions, paused, buffering, inAds, completed, rebufferingRatio } = snapshot;
  const { startsPerMinute, eventsPerMinute, errorsPerMinute, rejectedPerMinute } = snapshot;
  return (
    <Stats label="Now">
      <Stat label="Playing" value={formatCompact(playing)} note={`${formatCount(inAds)} in ad breaks`} />
      <Stat
        label="Open sessions"
        hint="Sessions that have played to their end and wait to be closed are not counted."
        value={formatCompact(openSessions - completed)}
        note={`${formatCount(paused)} paused, ${formatCount(buffering)} buffering`}
        href={addressOf(["sessions"], { status: "open" })}
      />
      <Stat label="Starts a minute" value={formatCompact(startsPerMinute)} note="in the last 60 s" />
      <Stat label="Events a minute" value={formatCompact(eventsPerMinute)} note="in the last 60 s" />
      <Stat
        label="Errors a minute"
        value={formatCompact(errorsPerMinute)}
        note={rejectedPerMinute === null ? "in the last 60 s" : `${counted(rejectedPerMinute, "request")} refused`}
        tone={errorsPerMinute + (rejectedPerMinute ?? 0) > 0 ? "bad" : "plain"}
        href={addressOf(["tail"])}
      />
      <Stat
        label="Rebuffering"
        hint="Time spent waiting for data, as a share of playing and waiting, over the last five minutes."
        value={formatShare(rebufferingRatio)}
        note="over 5 minutes"
      />
    </Stats>
  );
}

function TopTitles({ titles }: { readonly titles: LiveSnapshot["topTitles"] }) {
  const most = titles[0]?.playing ?? 1;
  return (
    <ol class="top">
      {titles.map(({ id, title, playing }) => (
        <li key={id}>
          <Bar share={playing / most}>
            {id === "" ? <span>Unknown since the restart</span> : <a href={addressOf(["titles", id])}>{title}</a>}
            <span class="top-count">{formatCount(playing)}</span>
          </Bar>
        </li>
      ))}
    </ol>
  );
}
