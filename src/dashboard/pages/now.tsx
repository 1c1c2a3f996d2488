/** Now: whether all is well, who is playing, and what just went wrong. */

import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { SECOND_MS } from "../../base/units.ts";
import type { LiveSnapshot, TailEvents } from "../api/answers.ts";
import { formatCompact, formatCount, formatShare } from "../format/numbers.ts";
import { formatTime } from "../format/times.ts";
import { useStream } from "../hooks/use-stream.ts";
import { elapsedMs } from "../model/clock.ts";
import { equals } from "../model/equals.ts";
import { errorIdIn } from "../model/error-id.ts";
import { addressOf } from "../model/place.ts";
import { faultOf } from "../model/tail.ts";
import { type About, usualOf, verdictOf } from "../model/usual.ts";
import { FirstSteps } from "../parts/first-steps.tsx";
import { type MinuteRow, MinuteRows } from "../parts/minute-rows.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Panel } from "../parts/panel.tsx";
import { Stat, Stats } from "../parts/stat.tsx";
import { StreamLight } from "../parts/stream-state.tsx";
import { isNewcomer, useProgress } from "../parts/use-progress.ts";

interface Happened {
  readonly key: number;
  readonly at: number;
  readonly what: string;
  readonly of: string;
  readonly href: string;
}

const HAPPENED_MAX = 8;
const PLACES: Readonly<Record<About, string>> = {
  errors: addressOf(["sessions"], { status: "open", filter: "errorEvents>0" }),
  refused: addressOf(["tail"], { show: "rejected" }),
  rebuffering: addressOf(["sessions"], { status: "open", filter: "rebufferEvents>0" }),
  ended: addressOf(["sessions"], { status: "closed" }),
};

/** Where a finding leads: to the sessions of the player that it names, if they can be told by a filter. */
function placeOf(about: About, player: string | undefined): string {
  const filter = player === undefined ? undefined : equals("media.playerName", player);
  if (about !== "errors" || filter === undefined) return PLACES[about];
  return addressOf(["sessions"], { status: "open", filter: ["errorEvents>0", filter] });
}

interface Heard {
  readonly snapshot: LiveSnapshot;
  /** On the stopwatch. */
  readonly atMs: number;
}

type Said = { snapshot: LiveSnapshot } & Pick<TailEvents, "earlier" | "event" | "rejected">;
type Minute = LiveSnapshot["minutes"][number];

const LOOK_MS = SECOND_MS;

export function NowPage() {
  const [heard, setHeard] = useState<Heard>();
  const [happened, setHappened] = useState<readonly Happened[]>([]);
  const add = (one: Omit<Happened, "key">) =>
    setHappened((before) => [{ ...one, key: (before[0]?.key ?? 0) + 1 }, ...before].slice(0, HAPPENED_MAX));
  const state = useStream<Said>("/admin/api/live", {
    snapshot: (snapshot) => setHeard({ snapshot, atMs: elapsedMs() }),
    // A stream that comes back begins with what is known already.
    earlier: ({ rejected }) => setHappened((before) => (before.length > 0 ? before : latestOf(rejected))),
    event: (error) => add(errorIn(error)),
    rejected: (refusal) => add(refusalIn(refusal)),
  });
  const silentMs = useSilence(heard?.atMs);
  return (
    <>
      <PageHead title="Now" tab={heard && `${formatCount(heard.snapshot.playing)} playing`}>
        <StreamLight state={state} silentMs={silentMs} />
      </PageHead>
      {heard ? (
        <Moment snapshot={heard.snapshot} happened={happened} />
      ) : (
        <div class="waiting" role="status" aria-label="Loading" />
      )}
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

interface MomentProps {
  readonly snapshot: LiveSnapshot;
  readonly happened: readonly Happened[];
}

function Moment({ snapshot, happened }: MomentProps) {
  const { minutes, topTitles } = snapshot;
  const progress = useProgress();
  const verdict = verdictOf(snapshot);
  return (
    <div class="rows">
      {progress && isNewcomer(progress) ? (
        <Panel title="First steps">
          <Empty>
            <FirstSteps progress={progress} />
          </Empty>
        </Panel>
      ) : (
        <p class={`health ${verdict.is}`} role="status">
          {verdict.findings.map(({ words, about, player }, at) => (
            <Fragment key={words}>
              {at > 0 && "; "}
              {about === undefined ? words : <a href={placeOf(about, player)}>{words} →</a>}
            </Fragment>
          ))}
        </p>
      )}
      <Headlines {...snapshot} />
      <div class="columns wide-first">
        <Panel title="Last hour">
          <div class="panel-body">
            <MinuteRows times={minutes.map(({ time }) => time)} rows={rowsOf(snapshot)} />
          </div>
        </Panel>
        <Panel title="Most played now">
          {topTitles.length === 0 ? <Empty>No one is watching right now.</Empty> : <TopTitles titles={topTitles} />}
        </Panel>
      </div>
      <JustHappened all={happened} isWhole={snapshot.rejectedPerMinute !== null} />
    </div>
  );
}

/** Errors are fully red from this share of the events on. */
const ERRORS_RED = 0.05;

function rowsOf(snapshot: LiveSnapshot): readonly MinuteRow[] {
  const { minutes, rejectedPerMinute } = snapshot;
  const row = (label: string, tone: MinuteRow["tone"], pick: (minute: Minute) => number): MinuteRow => {
    return { label, tone, height: 38, values: minutes.map(pick), usual: usualOf(snapshot, pick) };
  };
  const badness = minutes.map(({ errors, events }) => Math.min(1, errors / Math.max(1, events) / ERRORS_RED));
  return [
    { ...row("Playing", "plain", (each) => each.playingMax), height: 120 },
    row("Starts", "plain", (each) => each.starts),
    { ...row("Errors", "bad", (each) => each.errors), badness },
    // A refused request may belong to any report suite, so the server hides the count from a limited token.
    ...(rejectedPerMinute === null ? [] : [row("Refused", "bad", (each) => each.rejected ?? 0)]),
  ];
}

const PER_MINUTE = "in the last 60 s";

function Headlines(snapshot: LiveSnapshot) {
  const { playing, openSessions, paused, inAds, completed, rebufferingRatio } = snapshot;
  const { startsPerMinute, errorsPerMinute, rejectedPerMinute } = snapshot;
  const usual = (pick: (minute: Minute) => number) => {
    const known = usualOf(snapshot, pick);
    return known && `usually ${formatCompact(known.median)}`;
  };
  return (
    <Stats label="Now">
      <Stat
        label="Playing"
        value={formatCompact(playing)}
        note={[`${formatCount(inAds)} in ads`, usual((each) => each.playingMax)].filter(Boolean).join(" · ")}
      />
      <Stat
        label="Open sessions"
        hint="Sessions that have played to their end and wait to be closed are not counted."
        value={formatCompact(openSessions - completed)}
        note={`${formatCount(paused)} paused`}
        href={addressOf(["sessions"], { status: "open" })}
        act="show them"
      />
      <Stat
        label="Starts / min"
        value={formatCompact(startsPerMinute)}
        note={usual((each) => each.starts) ?? PER_MINUTE}
      />
      <Stat
        label="Playback errors / min"
        value={formatCompact(errorsPerMinute)}
        note={usual((each) => each.errors) ?? PER_MINUTE}
        href={PLACES.errors}
        act="show the sessions"
      />
      <Stat
        label="Rebuffering"
        hint="Time spent waiting for data, as a share of playing and waiting, over the last five minutes."
        value={formatShare(rebufferingRatio)}
        note="over 5 minutes"
      />
      {rejectedPerMinute !== null && (
        <Stat
          label="Refused requests / min"
          value={formatCompact(rejectedPerMinute)}
          change={rejectedPerMinute > 0 ? "players' mistakes" : undefined}
          note={rejectedPerMinute > 0 ? "" : PER_MINUTE}
          tone="bad"
          href={PLACES.refused}
          act="show them"
        />
      )}
    </Stats>
  );
}

function TopTitles({ titles }: { readonly titles: LiveSnapshot["topTitles"] }) {
  const most = titles[0]?.playing ?? 1;
  return (
    <ol class="top">
      {titles.map(({ id, title, playing }) => (
        <li key={id}>
          {id === "" ? <span>Unknown since the restart</span> : <a href={addressOf(["titles", id])}>{title}</a>}
          <Count id={id} playing={playing} />
          <span class="row-bar" style={{ width: `${(playing / most) * 100}%` }} aria-hidden="true" />
        </li>
      ))}
    </ol>
  );
}

/** Leads to the sessions that play it. */
function Count({ id, playing }: { readonly id: string; readonly playing: number }) {
  const filter = id === "" ? undefined : equals("media.id", id);
  if (filter === undefined) return <span class="top-count">{formatCount(playing)}</span>;
  return (
    <a class="top-count" href={addressOf(["sessions"], { status: "open", filter })} title="The sessions that play it">
      {formatCount(playing)}
    </a>
  );
}

function errorIn(error: TailEvents["event"]): Omit<Happened, "key"> {
  const { at, sid, mediaName, playerName } = error;
  const id = errorIdIn(error) ?? "without an id";
  const of = [mediaName, playerName].filter(Boolean).join(" · ");
  return { at, what: `Error ${id}`, of, href: addressOf(["sessions", sid]) };
}

function refusalIn(refusal: TailEvents["rejected"]): Omit<Happened, "key"> {
  const { at, status, code, playerName } = refusal;
  const of = [playerName, faultOf(refusal)].filter(Boolean).join(" · ");
  return { at, what: `${status} ${code}`, of, href: PLACES.refused };
}

/** The newest of what was refused before the page was opened. */
function latestOf(rejected: TailEvents["earlier"]["rejected"]): readonly Happened[] {
  return rejected
    .map((refusal, key) => ({ ...refusalIn(refusal), key }))
    .toReversed()
    .slice(0, HAPPENED_MAX);
}

/** The newest failures and refusals: since the page was opened, and what was refused shortly before. */
function JustHappened({ all, isWhole }: { readonly all: readonly Happened[]; readonly isWhole: boolean }) {
  // A limited token sees no refused request.
  const [and, or] = isWhole ? ["errors and refused requests", "errors or refused requests"] : ["errors", "errors"];
  return (
    <Panel title="Just happened" note={`The newest ${and}, as they come.`}>
      {all.length === 0 ? (
        <Empty>No {or} lately.</Empty>
      ) : (
        <ol class="happened">
          {all.map(({ key, at, what, of, href }) => (
            <li key={key}>
              <a class="row-link" href={href}>
                <span class="mono">{formatTime(at, "clock").slice(0, "20:15:33".length)}</span>
                <b>{what}</b>
                <span>{of}</span>
              </a>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
