/** A session over time: drawn, zoomed by dragging, buttons and keys, and tied to the list of its events. */

import type { Signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { SECOND_MS } from "../../../base/units.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { formatSeconds } from "../../format/numbers.ts";
import { change, place } from "../../model/place.ts";
import { Panel } from "../../parts/panel.tsx";
import { type BlockLane, LEGEND, lanesOf } from "./blocks.ts";
import type { Evidence } from "./course.ts";
import { nearestEvent } from "./event-marks.ts";
import { JUMPS, type JumpKey, type Jumps, jumpKeyIn } from "./jumps.ts";
import { type Domain, formatOffset, msAt, panned, showing, type TimeScale, within, zoomed } from "./time-scale.ts";
import { EVENTS_HEIGHT, type Layout, layoutOf, PLAYHEAD_HEIGHT, TimelinePlot } from "./timeline-plot.tsx";
import { ChosenMark, type Pointed, Pointer } from "./timeline-pointer.tsx";

interface TimelineProps {
  readonly detail: SessionDetail;
  /** The index of the chosen event. */
  readonly chosenAt: number | undefined;
  readonly onChoose: (at: number) => void;
  /** The event under the pointer, here or in the list. */
  readonly pointed: Signal<Pointed | undefined>;
  readonly marked: Evidence | undefined;
  /** For an open session: now, by the player's clock. */
  readonly nowMs: number | undefined;
  readonly jumps: Jumps;
  /** Goes to the next trouble of a kind. */
  readonly onJump: (key: JumpKey) => void;
}

const ZOOM = 1.6;
const PAN = 0.25;
const DRAG_PX_MIN = 5;
const CHOOSE_PX_MAX = 40;
const WIDTH_BEFORE_LAYOUT = 800;

export function Timeline({ detail, chosenAt, onChoose, pointed, marked, nowMs, jumps, onJump }: TimelineProps) {
  const { events } = detail;
  const zeroMs = events[0]?.ts ?? 0;
  const whole = wholeOf(events, nowMs);
  const [zoom, setZoom] = useZoom(zeroMs);
  const [holder, width] = useWidth();
  const domain = zoom ? within(zoom, whole) : whole;
  const scale: TimeScale = { domain, width };
  const lanes = useMemo(() => lanesOf(detail, nowMs), [detail, nowMs]);
  const layout = useMemo(() => layoutOf(lanes), [lanes]);
  const chosen = chosenAt === undefined ? undefined : events[chosenAt];
  // Brings an event chosen elsewhere into sight.
  useEffect(() => {
    if (chosen) setZoom((before) => before && showing(before, chosen.ts, whole));
  }, [chosen?.ts]);
  const move = (name: Move) => setZoom(movesOf(domain, whole, chosen?.ts)[name]);
  return (
    <Panel
      title="Timeline"
      class="timeline-panel"
      note={[domain, ...(zoom ? [whole] : [])].map(lengthOf).join(" of ")}
      actions={
        <>
          <JumpButtons jumps={jumps} onJump={onJump} />
          <ZoomButtons move={move} isZoomed={zoom !== undefined} />
        </>
      }
    >
      <div class="timeline" style={{ height: `${layout.height}px` }}>
        <Labels layout={layout} />
        <div
          class="timeline-plot"
          ref={holder}
          role="application"
          aria-roledescription="timeline"
          aria-label={inWords(lanes, events.length, domain, zeroMs)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move the drawing, so it must take the focus
          tabIndex={0}
          onKeyDown={(event) => {
            const name = KEYS[event.key];
            const jump = jumpKeyIn(event);
            if (jump) onJump(jump);
            else if (name && !event.ctrlKey && !event.metaKey && !event.altKey) move(name);
            else return;
            event.preventDefault();
          }}
          onDblClick={() => setZoom(undefined)}
        >
          <Pointer
            events={events}
            scale={scale}
            zeroMs={zeroMs}
            pointed={pointed}
            onClick={(x) => {
              const at = nearestEvent(events, msAt(scale, x));
              const awayMs = Math.abs((events[at ?? 0]?.ts ?? 0) - msAt(scale, x));
              if (at !== undefined && awayMs <= msAt(scale, CHOOSE_PX_MAX) - domain[0]) onChoose(at);
            }}
            onDrag={(from, to) => {
              if (to - from >= DRAG_PX_MIN) setZoom(within([msAt(scale, from), msAt(scale, to)], whole));
            }}
          >
            <TimelinePlot events={events} layout={layout} scale={scale} zeroMs={zeroMs} marked={marked} />
            {chosen && <ChosenMark event={chosen} scale={scale} />}
          </Pointer>
        </div>
      </div>
      <Legend />
    </Panel>
  );
}

const ADDRESS_AFTER_MS = 300;
const ZOOM_IN_ADDRESS = /^(-?\d{1,12})-(\d{1,13})$/;

/** The part that is shown, as the address has it: `t=FROM-TO`, in milliseconds after the first event. */
function useZoom(zeroMs: number) {
  const inAddress = place.value.params.get("t") ?? undefined;
  const read = (text: string | undefined): Domain | undefined => {
    const [, from, to] = ZOOM_IN_ADDRESS.exec(text ?? "") ?? [];
    return Number(from) < Number(to) ? [zeroMs + Number(from), zeroMs + Number(to)] : undefined;
  };
  const [zoom, setZoom] = useState(() => read(inAddress));
  const known = useRef(inAddress);
  useEffect(() => {
    if (inAddress === known.current) return;
    known.current = inAddress;
    setZoom(read(inAddress));
  }, [inAddress]);
  // Browsers refuse an address that changes with each press of a key.
  useEffect(() => {
    const text = zoom?.map((ms) => Math.round(ms - zeroMs)).join("-");
    if (text === known.current) return;
    const timer = setTimeout(() => {
      known.current = text;
      change({ t: text }, { replace: true });
    }, ADDRESS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [zoom, zeroMs]);
  return [zoom, setZoom] as const;
}

type Move = "in" | "out" | "left" | "right" | "whole";

const KEYS: Readonly<Record<string, Move>> = {
  "+": "in",
  "=": "in",
  "-": "out",
  "−": "out",
  ArrowLeft: "left",
  ArrowRight: "right",
  "0": "whole",
  Home: "whole",
  Escape: "whole",
};

/** What is shown after each move. Zooming centres on the chosen event if it is in sight. */
function movesOf(domain: Domain, whole: Domain, chosenMs: number | undefined): Record<Move, Domain | undefined> {
  const [fromMs, toMs] = domain;
  const isInSight = chosenMs !== undefined && chosenMs >= fromMs && chosenMs <= toMs;
  const aboutMs = isInSight ? chosenMs : (fromMs + toMs) / 2;
  const farther = zoomed(domain, 1 / ZOOM, aboutMs, whole);
  return {
    in: zoomed(domain, ZOOM, aboutMs, whole),
    out: farther[1] - farther[0] < whole[1] - whole[0] ? farther : undefined,
    left: panned(domain, -PAN, whole),
    right: panned(domain, PAN, whole),
    whole: undefined,
  };
}

const BUTTONS = [
  ["in", "+", "Zoom in (+)"],
  ["out", "−", "Zoom out (−)"],
  ["left", "←", "Earlier (←)"],
  ["right", "→", "Later (→)"],
] as const;

/** To the trouble that there is. */
function JumpButtons({ jumps, onJump }: Pick<TimelineProps, "jumps" | "onJump">) {
  return (Object.keys(JUMPS) as JumpKey[])
    .filter((key) => jumps[key].length > 0)
    .map((key) => (
      <button
        key={key}
        type="button"
        class="button"
        title={`In the timeline and the list: ${key}`}
        onClick={() => onJump(key)}
      >
        Next {JUMPS[key].word}
      </button>
    ));
}

function ZoomButtons({ move, isZoomed }: { readonly move: (name: Move) => void; readonly isZoomed: boolean }) {
  return (
    <>
      <span class="note wide-only">Drag to zoom</span>
      {BUTTONS.map(([name, sign, title]) => (
        <button
          key={name}
          type="button"
          class="button square"
          aria-label={title}
          title={title}
          disabled={name !== "in" && !isZoomed}
          onClick={() => move(name)}
        >
          {sign}
        </button>
      ))}
      <button type="button" class="button" disabled={!isZoomed} onClick={() => move("whole")}>
        Whole session
      </button>
    </>
  );
}

function Labels({ layout: { lanes, playheadY, eventsY } }: { readonly layout: Layout }) {
  const labels = [
    ...lanes.map(({ lane, y }) => ({ title: lane.title, y, height: lane.height })),
    { title: "Playhead", y: playheadY, height: PLAYHEAD_HEIGHT },
    { title: "Events", y: eventsY, height: EVENTS_HEIGHT },
  ];
  return (
    <div class="timeline-labels" aria-hidden="true">
      {labels.map(({ title, y, height }) => (
        <span key={title} title={title} style={{ top: `${y}px`, height: `${height}px` }}>
          {title}
        </span>
      ))}
    </div>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Colours">
      {LEGEND.map(({ tone, word, meaning }) => (
        <li key={tone} title={meaning}>
          <span class={`swatch tone-${tone}`} aria-hidden="true" />
          {word}
        </li>
      ))}
    </ul>
  );
}

function lengthOf([fromMs, toMs]: Domain): string {
  return formatSeconds((toMs - fromMs) / SECOND_MS);
}

/** From the first event to the last, or to now; never empty. */
function wholeOf(events: SessionDetail["events"], nowMs: number | undefined): Domain {
  let first = Infinity;
  let last = nowMs ?? -Infinity;
  for (const { ts } of events) {
    first = Math.min(first, ts);
    last = Math.max(last, ts);
  }
  return last - first >= 1 ? [first, last] : [first, first + SECOND_MS];
}

function useWidth() {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(WIDTH_BEFORE_LAYOUT);
  useLayoutEffect(() => {
    const element = holder.current;
    if (!element) return;
    const measure = () => setWidth(Math.max(1, element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [holder, width] as const;
}

function inWords(lanes: readonly BlockLane[], events: number, [fromMs, toMs]: Domain, zeroMs: number): string {
  const what = lanes.map(({ title, blocks }) => `${title}: ${blocks.length}`).join(", ");
  const when = `${formatOffset(fromMs - zeroMs)} to ${formatOffset(toMs - zeroMs)}`;
  const keys = "Keys: plus and minus zoom, arrows move, 0 shows the whole, e and s go to errors and stalls";
  return `Shown: ${when}. Events: ${events}. Parts of ${what}. ${keys}.`;
}
