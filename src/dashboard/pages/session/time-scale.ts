/** The scale of a timeline: which part of the time is shown on how many pixels, and where it is marked. */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../base/units.ts";

/** A part of time, in milliseconds since the epoch; the second is later than the first. */
export type Domain = readonly [fromMs: number, toMs: number];

export interface TimeScale {
  readonly domain: Domain;
  /** In pixels. */
  readonly width: number;
}

interface Tick {
  readonly atMs: number;
  readonly label: string;
}

/** More can't be told apart on the wire: its clock counts milliseconds. */
const DOMAIN_MS_MIN = 50;
const TICK_PX_MIN = 76;
const STEPS_MS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE_MS),
  ...[1, 2, 3, 6, 12, 24, 48, 96, 168].map((each) => each * HOUR_MS),
];

export function xOf({ domain: [fromMs, toMs], width }: TimeScale, atMs: number): number {
  return ((atMs - fromMs) / (toMs - fromMs)) * width;
}

export function msAt({ domain: [fromMs, toMs], width }: TimeScale, x: number): number {
  return fromMs + (x / width) * (toMs - fromMs);
}

/** A part of the whole, moved inside it where it hangs over, and never too short to be drawn. */
export function within([fromMs, toMs]: Domain, [firstMs, lastMs]: Domain): Domain {
  const lengthMs = Math.min(Math.max(toMs - fromMs, DOMAIN_MS_MIN), lastMs - firstMs);
  const startMs = Math.min(Math.max(fromMs, firstMs), lastMs - lengthMs);
  return [startMs, startMs + lengthMs];
}

/** Closer by a factor above 1, farther by one below, about an instant that stays where it is. */
export function zoomed(domain: Domain, factor: number, aboutMs: number, whole: Domain): Domain {
  const [fromMs, toMs] = domain;
  return within([aboutMs - (aboutMs - fromMs) / factor, aboutMs + (toMs - aboutMs) / factor], whole);
}

/** Moved by a share of what is shown; to the left below 0. */
export function panned([fromMs, toMs]: Domain, share: number, whole: Domain): Domain {
  const stepMs = (toMs - fromMs) * share;
  return within([fromMs + stepMs, toMs + stepMs], whole);
}

/** Moved just as far as it takes to show an instant. */
export function showing(domain: Domain, atMs: number, whole: Domain): Domain {
  const [fromMs, toMs] = domain;
  if (atMs >= fromMs && atMs <= toMs) return domain;
  const halfMs = (toMs - fromMs) / 2;
  return within([atMs - halfMs, atMs + halfMs], whole);
}

/** Marks at round times after an instant. */
export function ticksOf({ domain: [fromMs, toMs], width }: TimeScale, zeroMs: number): Tick[] {
  const roughMs = ((toMs - fromMs) / Math.max(1, width)) * TICK_PX_MIN;
  const stepMs = STEPS_MS.find((each) => each >= roughMs) ?? Math.ceil(roughMs / HOUR_MS) * HOUR_MS;
  const first = Math.ceil((fromMs - zeroMs) / stepMs);
  const last = Math.floor((toMs - zeroMs) / stepMs);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
    const afterMs = (first + at) * stepMs;
    return { atMs: zeroMs + afterMs, label: formatOffset(afterMs, stepMs) };
  });
}

/**
 * How long after the start: `0:05`, `1:02:03`, `0:00.250`, `−0:01`.
 *
 * @param stepMs as exactly as steps of this length need; 1 for every millisecond
 */
export function formatOffset(afterMs: number, stepMs = 1): string {
  const ms = Math.round(Math.abs(afterMs));
  const hours = Math.floor(ms / HOUR_MS);
  const minutes = Math.floor(ms / MINUTE_MS) % 60;
  const seconds = String(Math.floor(ms / SECOND_MS) % 60).padStart(2, "0");
  const rest = stepMs % SECOND_MS === 0 ? "" : `.${String(ms % SECOND_MS).padStart(3, "0")}`;
  const clock = hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}` : String(minutes);
  return `${afterMs < 0 && ms > 0 ? "−" : ""}${clock}:${seconds}${rest}`;
}
