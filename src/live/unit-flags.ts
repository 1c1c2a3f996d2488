/**
 * Flags units that an event may have wrong, for the tail: a session's page has the same flags from its fold, and an
 * integrator who watches the tail needs them with the event.
 */

import type { BitrateUnit } from "../protocol/bitrate-unit.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import type { FlagRule } from "../protocol/flags.ts";
import { lengthFlagsOf } from "../sessions/content.ts";
import { bitrateFlagsOf, isMillisecondStep, MILLISECOND_STEPS } from "../sessions/quality.ts";

/** How the playhead has moved since the tail was opened. */
export interface PlayheadPace {
  readonly tsMs: number;
  readonly playheadMs: number;
  /** How often it moved as milliseconds would. */
  readonly steps: number;
}

/** The pace behind an event. */
export function paceBehind({ tsMs, playheadMs }: PlayerEvent, before: PlayheadPace | undefined): PlayheadPace {
  const isStep = before !== undefined && isMillisecondStep(playheadMs - before.playheadMs, tsMs - before.tsMs);
  return { tsMs, playheadMs, steps: (before?.steps ?? 0) + Number(isStep) };
}

/** An event with the flags that its units deserve. */
export function withUnitFlags(
  event: PlayerEvent,
  unit: BitrateUnit,
  before: PlayheadPace | undefined,
  behind: PlayheadPace,
): PlayerEvent {
  const isPaceClear = behind.steps === MILLISECOND_STEPS && before?.steps !== MILLISECOND_STEPS;
  const flags: FlagRule[] = [
    ...lengthFlagsOf(event),
    ...bitrateFlagsOf(event, unit),
    ...(isPaceClear ? (["playhead-in-milliseconds"] as const) : []),
  ];
  return flags.length === 0 ? event : { ...event, flags: [...new Set([...event.flags, ...flags])] };
}
