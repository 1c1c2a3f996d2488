/** One session: what a player sent, what became of each event, and what it came to. Open ones follow what arrives. */

import { type Signal, useSignal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { MINUTE_MS, SECOND_MS } from "../../../base/units.ts";
import { FOLD_FAILURES } from "../../../sessions/fold-failures.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { formatCount } from "../../format/numbers.ts";
import type { StreamState } from "../../hooks/use-stream.ts";
import { nowMs } from "../../model/clock.ts";
import { addressOf, change, place } from "../../model/place.ts";
import { keptParams, scope } from "../../model/scope.ts";
import { KeyTable } from "../../parts/key-table.tsx";
import { Answered, Panel } from "../../parts/panel.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { Contents } from "./contents.tsx";
import { EventDetail } from "./event-detail.tsx";
import { keysOf } from "./event-marks.ts";
import { Events } from "./events.tsx";
import { evidenceOf } from "./evidence.ts";
import { type JumpKey, jumpsOf, nextOf } from "./jumps.ts";
import { KeyNumbers } from "./key-numbers.tsx";
import { Metrics } from "./metrics.tsx";
import { SessionHead, titleOfSession } from "./session-head.tsx";
import { isLive } from "./status-badge.tsx";
import { Timeline } from "./timeline.tsx";
import type { Pointed } from "./timeline-pointer.tsx";
import { MendedNote } from "./unmended.tsx";
import { useLiveSession } from "./use-live-session.ts";
import { type MoreEvents, useMoreEvents } from "./use-more-events.ts";

export function SessionPage({ sid }: { readonly sid: string }) {
  const { asked, stream } = useLiveSession(sid);
  const title = asked.answer && titleOfSession(asked.answer.session);
  useTitle(title);
  if (asked.error?.status === 404) return <Unknown sid={sid} />;
  return <Answered asked={asked}>{(detail) => <SessionView first={detail} stream={stream} />}</Answered>;
}

function useTitle(title: string | undefined): void {
  useEffect(() => {
    const before = document.title;
    if (title !== undefined) document.title = `${title} · Sessions · Playhead`;
    return () => {
      document.title = before;
    };
  }, [title]);
}

function Unknown({ sid }: { readonly sid: string }) {
  return (
    <div class="empty">
      <h1>No session has this id</h1>
      <p>
        <code class="long">{sid}</code>
      </p>
      <p>It may have been erased, or retention has removed it. A sid has 64 digits and letters from a to f.</p>
      <p>
        <a href={addressOf(["sessions"], keptParams())}>All sessions</a>
      </p>
    </div>
  );
}

interface SessionViewProps {
  /** With the first of its events. */
  readonly first: SessionDetail;
  readonly stream: StreamState | undefined;
  readonly isStored?: boolean;
}

/** All parts of the page of a session. */
export function SessionView({ first, stream, isStored = true }: SessionViewProps) {
  const { detail, isAll, more } = useMoreEvents(first);
  const { session, events } = detail;
  const { zone } = scope.value;
  const { params } = place.value;
  const tabs = tabsOf(detail);
  const tab = tabs.find(({ id }) => id === params.get("tab"))?.id ?? "events";
  const metric = params.get("metric") ?? undefined;
  const pointed = useSignal<Pointed | undefined>(undefined);
  const keys = useMemo(() => keysOf(events), [events]);
  const { chosenAt, choose } = useChosen(keys);
  const find = useMemo(() => evidenceOf(detail), [detail]);
  const jumps = useMemo(() => jumpsOf(find), [find]);
  const evidence = useMemo(() => (metric === undefined ? undefined : find(metric)), [find, metric]);
  const playerNowMs = usePlayerNow(detail);
  const zeroMs = events[0]?.ts ?? 0;
  const openTab = (id: string) => change({ tab: id === "events" ? undefined : id }, { replace: true });
  const showEvent = (at: number) => {
    choose(at);
    openTab("events");
  };
  const jump = (key: JumpKey) => {
    const at = nextOf(jumps[key], chosenAt);
    if (at !== undefined) showEvent(at);
  };
  return (
    <div class="rows session">
      <SessionHead
        session={session}
        zone={zone}
        stream={stream}
        isStored={isStored}
        lengthMs={lengthOf(detail)}
        isFailed={detail.metrics["playbackFailures"] === 1}
      />
      <KeyNumbers detail={detail} />
      <MendedNote detail={detail} />
      <Incomplete detail={detail} isAll={isAll} />
      {session.eventsTrimmed ? (
        <Trimmed />
      ) : (
        <Timeline
          detail={detail}
          chosenAt={chosenAt}
          onChoose={choose}
          pointed={pointed}
          marked={tab === "metrics" ? evidence : undefined}
          nowMs={playerNowMs}
          jumps={jumps}
          onJump={jump}
        />
      )}
      <Tabs label="Parts of the session" tabs={tabs} chosen={tab} onChoose={openTab}>
        {tab === "events" && <EventsTab {...{ detail, isAll, more, zone, keys, chosenAt, choose, pointed, jump }} />}
        {tab === "metrics" && (
          <Metrics
            detail={detail}
            chosen={metric}
            onChoose={(id) => change({ metric: id }, { replace: true })}
            evidence={evidence}
            zeroMs={zeroMs}
            onEvent={showEvent}
          />
        )}
        {tab === "contents" && <Contents detail={detail} zeroMs={zeroMs} />}
        {tab === "start" && <Started session={session} />}
      </Tabs>
    </div>
  );
}

/** From the first event to the last, by the player's clock; undefined where the last is not known. */
function lengthOf({ events, eventsTotal }: SessionDetail): number | undefined {
  const first = events[0];
  const last = events.at(-1);
  return first && last && events.length === eventsTotal ? last.ts - first.ts : undefined;
}

function Trimmed() {
  return (
    <p class="panel trimmed" role="note">
      Retention has removed the events of this session. Its numbers, ads and chapters are kept.
    </p>
  );
}

/** Says what is missing of a long session, or of one that could not be folded. */
function Incomplete({ detail: { session, events, eventsTotal }, isAll }: Pick<EventsTabProps, "detail" | "isAll">) {
  if (session.foldFailure) {
    return (
      <p class="panel trimmed" role="note">
        This session could not be folded: {FOLD_FAILURES[session.foldFailure]} A late event or{" "}
        <code>playhead recompute</code> tries again.
      </p>
    );
  }
  if (isAll) return null;
  return (
    <p class="panel trimmed" role="note">
      The timeline and the parts of the numbers show {formatCount(events.length)} of {formatCount(eventsTotal)} events;
      scroll to the end of the list for more. The numbers are those of all events.
    </p>
  );
}

interface EventsTabProps extends Pick<MoreEvents, "isAll" | "more"> {
  readonly detail: SessionDetail;
  readonly zone: string;
  readonly keys: readonly string[];
  readonly chosenAt: number | undefined;
  readonly choose: (at: number | undefined) => void;
  readonly pointed: Signal<Pointed | undefined>;
  readonly jump: (key: JumpKey) => void;
}

function EventsTab(props: EventsTabProps) {
  const { detail, isAll, more, zone, keys, chosenAt, choose, pointed, jump } = props;
  const { events, session } = detail;
  const heading = useRef<HTMLHeadingElement>(null);
  const chosen = chosenAt === undefined ? undefined : events[chosenAt];
  return (
    <div class={chosen ? "with-detail" : ""}>
      <Events
        events={events}
        keys={keys}
        zone={zone}
        chosenAt={chosenAt}
        pointed={pointed}
        onChoose={choose}
        isFollowing={session.status === "open" && isAll}
        onEnd={more}
        onJump={jump}
        onOpen={() => heading.current?.focus()}
      />
      {chosen && chosenAt !== undefined && (
        <EventDetail
          event={chosen}
          at={chosenAt}
          zeroMs={events[0]?.ts ?? 0}
          zone={zone}
          onClose={() => choose(undefined)}
          headingRef={heading}
        />
      )}
    </div>
  );
}

function tabsOf({ eventsTotal, metrics, states, rowsTotal, session }: SessionDetail): Tab[] {
  const things = Object.values(rowsTotal).reduce((sum, total) => sum + total, states.length);
  return [
    { id: "events", title: "Events", count: eventsTotal },
    { id: "metrics", title: "Numbers", count: Object.keys(metrics).length },
    { id: "contents", title: "Contents", count: things },
    { id: "start", title: "Parameters", count: Object.keys({ ...session.params, ...session.customMetadata }).length },
  ];
}

function Started({ session: { params, customMetadata } }: Pick<SessionDetail, "session">) {
  return (
    <Panel title="Start parameters">
      <div class="panel-body columns">
        <KeyTable label="params" values={params} />
        <KeyTable label="customMetadata" values={customMetadata} />
      </div>
    </Panel>
  );
}

const ADDRESS_AFTER_MS = 300;

/** The chosen event, by a name that lasts: its index changes when an earlier one comes late. The address has it too. */
function useChosen(keys: readonly string[]) {
  const inAddress = place.value.params.get("event") ?? undefined;
  const [key, setKey] = useState(inAddress);
  const known = useRef({ keys, address: inAddress });
  known.current.keys = keys;
  const choose = useCallback((at: number | undefined) => {
    setKey(at === undefined ? undefined : known.current.keys[at]);
  }, []);
  useEffect(() => {
    if (inAddress === known.current.address) return;
    known.current.address = inAddress;
    setKey(inAddress);
  }, [inAddress]);
  // Browsers refuse an address that changes with each press of a key.
  useEffect(() => {
    if (known.current.address === key) return;
    const timer = setTimeout(() => {
      known.current.address = key;
      change({ event: key }, { replace: true });
    }, ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [key]);
  const at = useMemo(() => (key === undefined ? -1 : keys.indexOf(key)), [keys, key]);
  return { chosenAt: at < 0 ? undefined : at, choose };
}

const TICK_MS = SECOND_MS;
/** A session of which nothing is heard for so long is about to be closed. */
const WAITING_MS_MAX = 10 * MINUTE_MS;

/** Now by the player's clock, which the last event alone tells; undefined without that, or once nothing more comes. */
function usePlayerNow({ session, events, eventsTotal }: SessionDetail): number | undefined {
  const isOpen = isLive(session) && events.length === eventsTotal;
  const [now, setNow] = useState(nowMs());
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => setNow(nowMs()), TICK_MS);
    return () => clearInterval(timer);
  }, [isOpen]);
  if (!isOpen) return undefined;
  let lastTs = -Infinity;
  let lastReceivedMs = 0;
  for (const { ts, receivedAt } of events) {
    lastTs = Math.max(lastTs, ts);
    lastReceivedMs = Math.max(lastReceivedMs, receivedAt);
  }
  return lastTs + Math.min(WAITING_MS_MAX, Math.max(0, now - lastReceivedMs));
}
