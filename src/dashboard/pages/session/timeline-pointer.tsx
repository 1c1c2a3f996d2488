/** The layer over a timeline: the chosen event, the line under the pointer with its label, and the dragged range. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { SECOND_MS } from "../../../base/units.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { formatPlayhead } from "../../format/times.ts";
import { wordOf } from "./blocks.ts";
import { nearestEvent } from "./event-marks.ts";
import { formatOffset, msAt, type TimeScale, xOf } from "./time-scale.ts";

/** Where the pointer is, by the nearest event. */
export interface Pointed {
  readonly at: number;
  /** The instant under the pointer, which may lie between events. */
  readonly atMs: number;
  /** The title of the block under the pointer. */
  readonly title?: string | undefined;
}

const TIP_PX = 230;
const DRAG_PX_MIN = 5;

export function ChosenMark({ event, scale }: { readonly event: LedgerEvent; readonly scale: TimeScale }) {
  const x = xOf(scale, event.ts);
  const right = Math.min(scale.width, xOf(scale, event.ts + event.interval.seconds * SECOND_MS));
  if (x < 0 || x > scale.width) return null;
  return (
    <>
      <span class="chosen-interval" style={{ left: `${x}px`, width: `${Math.max(0, right - x)}px` }} />
      <span class="chosen-line" style={{ transform: `translateX(${x}px)` }} />
    </>
  );
}

interface PointerProps {
  readonly events: readonly LedgerEvent[];
  readonly scale: TimeScale;
  readonly zeroMs: number;
  readonly pointed: Signal<Pointed | undefined>;
  readonly onClick: (x: number) => void;
  readonly onDrag: (fromX: number, toX: number) => void;
  readonly children: ComponentChildren;
}

export function Pointer({ events, scale, zeroMs, pointed, onClick, onDrag, children }: PointerProps) {
  const drag = useSignal<{ readonly fromX: number; readonly toX: number } | undefined>(undefined);
  const placeOf = (event: PointerEvent & { readonly currentTarget: HTMLElement }) =>
    Math.min(scale.width, Math.max(0, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const point = (x: number, target: EventTarget | null) => {
    const atMs = msAt(scale, x);
    const at = nearestEvent(events, atMs);
    const block = target instanceof Element ? target.closest<SVGElement>("[data-title]") : null;
    pointed.value = at === undefined ? undefined : { at, atMs, title: block?.dataset["title"] };
  };
  return (
    <div
      class="timeline-pointer"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        const x = placeOf(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.value = { fromX: x, toX: x };
      }}
      onPointerMove={(event) => {
        const x = placeOf(event);
        point(x, event.target);
        if (drag.value) drag.value = { ...drag.value, toX: x };
      }}
      onPointerUp={() => {
        const { fromX, toX } = drag.value ?? { fromX: 0, toX: 0 };
        if (!drag.value) return;
        drag.value = undefined;
        if (Math.abs(toX - fromX) < DRAG_PX_MIN) onClick(toX);
        else onDrag(Math.min(fromX, toX), Math.max(fromX, toX));
      }}
      onPointerCancel={() => {
        drag.value = undefined;
      }}
      onPointerLeave={() => {
        pointed.value = undefined;
      }}
    >
      {children}
      <PointedMark events={events} scale={scale} zeroMs={zeroMs} pointed={pointed} />
      <Dragged drag={drag} />
    </div>
  );
}

function Dragged({ drag }: { readonly drag: Signal<{ fromX: number; toX: number } | undefined> }) {
  if (!drag.value) return null;
  const { fromX, toX } = drag.value;
  const style = { left: `${Math.min(fromX, toX)}px`, width: `${Math.abs(toX - fromX)}px` };
  return <span class="timeline-drag" style={style} />;
}

function PointedMark({
  events,
  scale,
  zeroMs,
  pointed,
}: Pick<PointerProps, "events" | "scale" | "zeroMs" | "pointed">) {
  const { at, atMs, title } = pointed.value ?? {};
  const event = at === undefined ? undefined : events[at];
  if (!event || atMs === undefined) return null;
  const x = xOf(scale, atMs);
  if (x < 0 || x > scale.width) return null;
  const isLeft = x + TIP_PX > scale.width && x > TIP_PX;
  return (
    <span class="pointed-line" style={{ transform: `translateX(${x}px)` }}>
      <span class={isLeft ? "pointed-tip left" : "pointed-tip"}>
        <b>{formatOffset(atMs - zeroMs)}</b> {title ?? wordOf(intervalAt(events, atMs))}
        <br />#{(at ?? 0) + 1} {event.type} at {formatOffset(event.ts - zeroMs)}, playhead{" "}
        {formatPlayhead(event.playhead)}
      </span>
    </span>
  );
}

/** What the time at an instant was counted as. */
function intervalAt(events: readonly LedgerEvent[], atMs: number): LedgerEvent["interval"]["countedAs"] {
  const event = events.find(
    ({ ts, interval: { seconds } }) => seconds > 0 && ts <= atMs && ts + seconds * SECOND_MS > atMs,
  );
  return event?.interval.countedAs ?? "nothing";
}
