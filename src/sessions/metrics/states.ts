/** The numbers that each player state has: how often it became active, whether, and for how long. */

import { secondsOf } from "../../base/units.ts";
import { STANDARD_STATES } from "../reported.ts";
import type { MetricDefinition, Unit } from "./definition.ts";

/** How often a state became active, and for how long it was. */
interface ActiveState {
  readonly count: number;
  readonly durationMs: number;
}

interface Part {
  readonly unit: Unit;
  /** What people call it, behind the name of the state. */
  readonly noun: string;
  readonly of: (active: ActiveState) => number;
  readonly definition: (state: string) => string;
  readonly formula: string;
}

/** The metrics of a state, by the end of their ids. */
export const STATE_PARTS = {
  Count: {
    unit: "count",
    noun: "Count",
    of: ({ count }) => count,
    definition: (state) => `How often ${state} became active.`,
    formula: "stateStart while it is not active",
  },
  StreamsImpacted: {
    unit: "flag",
    noun: "Sessions",
    of: ({ count }) => Number(count > 0),
    definition: (state) => `Whether ${state} became active.`,
    formula: "1 if its count > 0",
  },
  TotalDuration: {
    unit: "s",
    noun: "Time",
    of: ({ durationMs }) => secondsOf(durationMs),
    definition: (state) => `Time with ${state} active.`,
    formula: "Σ time from stateStart to stateEnd, or to the last event",
  },
} as const satisfies Readonly<Record<string, Part>>;

export type StatePart = keyof typeof STATE_PARTS;
export const STATE_PART_NAMES = Object.keys(STATE_PARTS) as readonly StatePart[];

/** The metrics of the standard states; a custom state's are known by its name alone. */
export type StateMetricId = `${(typeof STANDARD_STATES)[number]}${StatePart}`;

const STATE_METRIC = new RegExp(`^(.+?)(${STATE_PART_NAMES.join("|")})$`, "s");

/** The metric of a state. */
export function stateMetricId<State extends string, P extends StatePart>(state: State, part: P): `${State}${P}` {
  return `${state}${part}`;
}

/** Takes the metric's id of a state apart; undefined for any other. */
export function parseStateMetric(id: string): { readonly state: string; readonly part: StatePart } | undefined {
  const [, state, part] = STATE_METRIC.exec(id) ?? [];
  return state === undefined ? undefined : { state, part: part as StatePart };
}

/** The numbers of each standard state, as they are among a session's metrics. */
export const STATE_METRICS = STANDARD_STATES.flatMap((state) =>
  STATE_PART_NAMES.map((part) => {
    const { unit, definition } = STATE_PARTS[part];
    return { id: stateMetricId(state, part), state, part, unit, definition: definition(state) };
  }),
) satisfies readonly Pick<MetricDefinition, "id" | "unit" | "definition">[];
