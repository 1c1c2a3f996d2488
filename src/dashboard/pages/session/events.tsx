/** The list of a session's events, each with what became of it; ten thousand scroll as easily as ten. */

import { type Signal, useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { VERDICTS, type Verdict } from "../../../sessions/ledger.ts";
import type { LedgerEvent, SessionDetail } from "../../api/answers.ts";
import { change, place } from "../../model/place.ts";
import { Choice } from "../../parts/choice.tsx";
import { VirtualList } from "../../parts/virtual-list.tsx";
import { EventRow } from "./event-row.tsx";
import { type JumpKey, jumpKeyIn } from "./jumps.ts";
import type { Pointed } from "./timeline-pointer.tsx";

interface EventsProps {
  readonly events: SessionDetail["events"];
  readonly keys: readonly string[];
  readonly zone: string;
  readonly chosenAt: number | undefined;
  /** Chooses an event, or none. */
  readonly onChoose: (at: number | undefined) => void;
  readonly pointed: Signal<Pointed | undefined>;
  readonly isFollowing: boolean;
  /** Called when the last of the events is about to come into sight. */
  readonly onEnd: () => void;
  /** Goes to what an event says. */
  readonly onOpen: () => void;
  /** Goes to the next trouble of a kind. */
  readonly onJump: (key: JumpKey) => void;
}

const ROW_HEIGHT = 34;
const HEIGHT_MAX = 544;
const PAGE_ROWS = 12;
const ALL = "all";
const FLAGGED = "flagged";
const NO_PINGS = "no-pings";
const COLUMNS = ["#", "Time", "Event", "Playhead", "Verdict", "Counted as → state after", "Why, and flags"];

export function Events(props: EventsProps) {
  const { events, keys, chosenAt, onChoose, isFollowing } = props;
  const { shown, verdict, type, narrow } = useShown(events);
  useForgetting(props.pointed);
  const chosenRow = chosenAt === undefined ? -1 : shown.indexOf(chosenAt);
  // The row that the keyboard goes to takes the focus as soon as it is drawn.
  const takesFocus = useRef(false);
  // Scrolling moves rows, but changes none: those that were drawn before are taken as they are.
  const drawn = useMemo(() => new Map<number, ComponentChildren>(), [shown, chosenAt, props.zone]);
  const rowAt = (row: number) => {
    const known = drawn.get(row) ?? <Row {...props} at={shown[row] as number} row={row} takesFocus={takesFocus} />;
    drawn.set(row, known);
    return known;
  };
  const choose = (row: number) => {
    takesFocus.current = true;
    onChoose(shown[Math.min(Math.max(row, 0), shown.length - 1)]);
  };
  return (
    <section class="panel" aria-label="Events, in the order in which they were counted">
      <EventFilters
        events={events}
        verdict={verdict}
        type={type}
        onVerdict={(value) => narrow("verdict", value)}
        onType={(value) => narrow("type", value)}
      />
      <div
        class="events"
        role="grid"
        aria-label="Events"
        aria-rowcount={shown.length + 1}
        onKeyDown={(event) => {
          const row = rowFor(event.key, chosenRow, shown.length);
          const jump = jumpKeyIn(event);
          if (event.key === "Enter" && chosenRow >= 0) props.onOpen();
          else if (event.key === "Escape") onChoose(undefined);
          else if (row !== undefined) choose(row);
          else if (jump) {
            takesFocus.current = true;
            props.onJump(jump);
          } else return;
          event.preventDefault();
        }}
      >
        <div role="rowgroup">
          <div class="event-row event-head" role="row" aria-rowindex={1}>
            {COLUMNS.map((title) => (
              <div key={title} role="columnheader">
                {title}
              </div>
            ))}
          </div>
        </div>
        <VirtualList
          role="rowgroup"
          count={shown.length}
          rowHeight={ROW_HEIGHT}
          heightMax={HEIGHT_MAX}
          shown={chosenRow >= 0 ? chosenRow : undefined}
          isFollowing={isFollowing}
          onEnd={props.onEnd}
          keyOf={(row) => keys[shown[row] as number] ?? row}
          row={rowAt}
        />
        {shown.length === 0 && <p class="empty">{events.length === 0 ? "No events." : "No events match."}</p>}
      </div>
    </section>
  );
}

/** The places of the events that the filters in the address let through, and how to narrow them. */
function useShown(events: EventsProps["events"]) {
  const { params } = place.value;
  const verdict = params.get("verdict") ?? ALL;
  const type = params.get("type") ?? ALL;
  const shown = useMemo(
    () => [...events.keys()].filter((at) => isWanted(events[at] as LedgerEvent, verdict, type)),
    [events, verdict, type],
  );
  const narrow = (name: "verdict" | "type", value: string) =>
    change({ [name]: value === ALL ? undefined : value }, { replace: true });
  return { shown, verdict, type, narrow };
}

/** What was pointed at in the list goes with it. */
function useForgetting(pointed: EventsProps["pointed"]): void {
  useEffect(
    () => () => {
      pointed.value = undefined;
    },
    [pointed],
  );
}

interface RowProps extends EventsProps {
  readonly at: number;
  readonly row: number;
  readonly takesFocus: { current: boolean };
}

function Row({ events, at, row, zone, chosenAt, onChoose, pointed, takesFocus }: RowProps) {
  const isPointed = useComputed(() => pointed.value?.at === at);
  const isChosen = at === chosenAt;
  const element = useFocus(isChosen, takesFocus);
  const event = events[at] as LedgerEvent;
  const name = ["event-row", `verdict-${event.verdict}`, isChosen && "chosen", isPointed.value && "pointed"];
  return (
    <div
      ref={element}
      class={name.filter(Boolean).join(" ")}
      role="row"
      aria-rowindex={row + 2}
      aria-selected={isChosen}
      tabIndex={isChosen || (chosenAt === undefined && row === 0) ? 0 : -1}
      onClick={() => onChoose(at)}
      onPointerEnter={() => {
        pointed.value = { at, atMs: event.ts };
      }}
      onPointerLeave={() => {
        pointed.value = undefined;
      }}
    >
      <EventRow event={event} at={at} zeroMs={events[0]?.ts ?? 0} zone={zone} />
    </div>
  );
}

/** The element that takes the focus once it is chosen by a key. */
function useFocus(isChosen: boolean, takesFocus: RowProps["takesFocus"]) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isChosen || !takesFocus.current) return;
    takesFocus.current = false;
    element.current?.focus({ preventScroll: true });
  }, [isChosen, takesFocus]);
  return element;
}

/** The row that a key leads to. */
function rowFor(key: string, row: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: PAGE_ROWS,
    PageUp: -PAGE_ROWS,
  };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[key];
  return step === undefined ? undefined : row < 0 ? 0 : row + step;
}

interface EventFiltersProps {
  readonly events: readonly LedgerEvent[];
  readonly verdict: string;
  readonly type: string;
  readonly onVerdict: (verdict: string) => void;
  readonly onType: (type: string) => void;
}

function EventFilters({ events, verdict, type, onVerdict, onType }: EventFiltersProps) {
  const { byVerdict, byType } = useMemo(() => countsOf(events), [events]);
  const verdicts = [ALL, ...Object.keys(VERDICTS), FLAGGED].map((value) => {
    return { value, label: value, count: byVerdict.get(value) ?? 0 };
  });
  return (
    <div class="event-filters">
      <fieldset class="verdicts">
        <legend class="unseen">Verdict</legend>
        {verdicts.map(({ value, label, count }) => (
          <button
            key={value}
            type="button"
            class={`verdict-choice ${value}`}
            aria-pressed={value === verdict}
            disabled={count === 0 && value !== verdict && value !== ALL}
            title={VERDICTS[value as Verdict]}
            onClick={() => onVerdict(value === verdict ? ALL : value)}
          >
            {label} <b>{count.toLocaleString("en-US")}</b>
          </button>
        ))}
      </fieldset>
      <Choice
        label="Type"
        isLabelHidden
        value={type}
        options={[
          { value: ALL, label: "Every event" },
          { value: NO_PINGS, label: "Without pings" },
          ...[...byType].map(([value, count]) => ({ value, label: `${value} (${count})` })),
        ]}
        onChoose={onType}
      />
      <span class="note wide-only" title="By their ts, whatever the order in which they arrived">
        In the order in which they count
      </span>
    </div>
  );
}

function countsOf(events: readonly LedgerEvent[]) {
  const byVerdict = new Map<string, number>([[ALL, events.length]]);
  const byType = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { verdict, type, flags } of events) {
    add(byVerdict, verdict);
    add(byType, type);
    if (flags.length > 0) add(byVerdict, FLAGGED);
  }
  return { byVerdict, byType };
}

function isWanted(event: LedgerEvent, verdict: string, type: string): boolean {
  const isOfVerdict = verdict === ALL || (verdict === FLAGGED ? event.flags.length > 0 : event.verdict === verdict);
  const isOfType = type === ALL || (type === NO_PINGS ? event.type !== "ping" : event.type === type);
  return isOfVerdict && isOfType;
}
