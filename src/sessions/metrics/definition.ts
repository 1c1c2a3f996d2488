/** The form of a row in the catalogue of metrics, and the forms that several rows share. */

import { secondsOf } from "../../base/units.ts";
import type { Tally } from "../tally.ts";
import type { Span } from "../watched.ts";

export type Unit = "count" | "flag" | "s" | "ratio" | "bit/s";

/** A tally with what follows from the whole of it. */
export interface Outcome extends Tally {
  readonly watched: readonly Span[];
  readonly closed: boolean;
  /** Content length in seconds, as it was sent; undefined when it is unknown. */
  readonly length: number | undefined;
}

export interface MetricDefinition {
  readonly id: string;
  readonly unit: Unit;
  readonly definition: string;
  readonly formula: string;
  /** Its name among the reference's context data variables. */
  readonly contextData?: string;
  /** Its path in the reference's reporting documents. */
  readonly xdm?: string;
  readonly of: (outcome: Outcome) => number | null;
  /** How it is put together over many sessions, where its unit doesn't say so already. */
  readonly aggregate?: "sum" | "mean";
  /** For a ratio: the metrics, or keys, whose sum is divided, and those by whose sum. */
  readonly ratio?: { readonly of: readonly string[]; readonly by: readonly string[] };
}

/** Something that happens, whether it did, and for how long. */
export interface Occurrence {
  /** What the state is called: "paused". */
  readonly became: string;
  readonly ids: readonly [events: string, impacted: string, duration: string];
  readonly contextData: readonly [string, string, string];
  readonly xdm: readonly [string, string, string];
  readonly count: (outcome: Outcome) => number;
  readonly ms: (outcome: Outcome) => number;
}

/** The three metrics of an occurrence: how often, whether, how long. */
export function occurrenceMetrics({ became, ids, contextData, xdm, count, ms }: Occurrence): MetricDefinition[] {
  const [events, impacted, duration] = ids;
  return [
    {
      id: events,
      unit: "count",
      definition: `How often the session became ${became}.`,
      formula: `times it became ${became}`,
      contextData: contextData[0],
      xdm: xdm[0],
      of: count,
    },
    {
      id: impacted,
      unit: "flag",
      definition: `Whether the session became ${became}.`,
      formula: `1 if ${events} > 0`,
      contextData: contextData[1],
      xdm: xdm[1],
      of: (outcome) => Number(count(outcome) > 0),
    },
    {
      id: duration,
      unit: "s",
      definition: `Time ${became}.`,
      formula: `Σ time ${became}`,
      contextData: contextData[2],
      xdm: xdm[2],
      of: (outcome) => secondsOf(ms(outcome)),
    },
  ];
}

/** A part of a whole; null where there is no whole. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
