/** The course of a session: the events that took part, what the time behind each was counted as, and what they show. */

import { SECOND_MS, secondsOf } from "../../../base/units.ts";
import type { Unit } from "../../../sessions/metrics/definition.ts";
import type { Span } from "../../../sessions/watched.ts";
import type { LedgerEvent, SessionDetail } from "../../api/answers.ts";
import { partsOf } from "./periods.ts";

export interface TakenEvent {
  readonly event: LedgerEvent;
  /** Its index among the session's events. */
  readonly at: number;
}

export interface SessionCourse extends Pick<SessionDetail, "session"> {
  readonly taking: readonly TakenEvent[];
  /** The first event behind which main content played; Infinity without one. */
  readonly contentStartAt: number;
  readonly isOver: boolean;
}

/** A part of time that was counted. */
export interface CountedPart {
  /** The index of the event that it begins with. */
  readonly at: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What it was weighted with. */
  readonly weight?: number;
  /** How far the playhead went, in seconds. */
  readonly playhead?: number;
}

/** Another number that it is made of. */
export interface Term {
  readonly name: string;
  readonly value: number | null;
  /** Whether it is a metric, which has evidence of its own. */
  readonly isMetric: boolean;
}

export interface Evidence {
  readonly intervals: readonly CountedPart[];
  /** Indexes among the session's events. */
  readonly events: readonly number[];
  /** Parts of the content, in seconds of it. */
  readonly spans: readonly Span[];
  readonly terms: readonly Term[];
  /** What all of it comes to. */
  readonly sum: number | null;
}

export type Parts = Pick<Evidence, "events" | "intervals">;

export interface Interval extends CountedPart {
  readonly countedAs: string;
}

/** The parts of the time behind an event. */
export function intervalsOf({ event, at }: TakenEvent): Interval[] {
  return partsOf(event).map((part) => ({ at, ...part }));
}

export function msOfSeconds(seconds: number): number {
  return Math.round(seconds * SECOND_MS);
}

export function isOutsideBreaks({ breakStateAfter }: LedgerEvent): boolean {
  return breakStateAfter === null;
}

/** Whether main content plays behind an event. */
export function isContentPlaying(event: LedgerEvent): boolean {
  return event.stateAfter === "playing" && isOutsideBreaks(event);
}

/** How parts come to a number: how many there are, whether there is one, or how long they are together. */
export function counted(parts: Parts, unit: Unit): Pick<Evidence, "events" | "intervals" | "sum"> {
  const { events, intervals } = parts;
  const many = events.length + intervals.length;
  if (unit === "s") return { ...parts, sum: secondsOf(msOf(intervals)) };
  if (unit !== "flag") return { ...parts, sum: many };
  return { events: events.slice(0, 1), intervals: intervals.slice(0, 1), sum: Number(many > 0) };
}

export function inEvents(events: readonly number[]): Partial<Evidence> {
  return { events, sum: events.length };
}

export function msOf(intervals: readonly CountedPart[]): number {
  return intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

/** No number holds the share of a length of 1e-310 s: there is none then. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
