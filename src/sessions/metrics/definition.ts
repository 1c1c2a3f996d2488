/** The form of a row in the catalogue of metrics, and the forms that several rows share. */

import { secondsOf } from "../../base/units.ts";
import type { EventType } from "../../protocol/event.ts";
import type { ParameterKey } from "../../protocol/parameters.ts";
import type { endBuffers } from "../buffers.ts";
import type { Tally } from "../tally.ts";
import type { IntervalKind } from "../timeline.ts";
import type { Span } from "../watched.ts";

/** What a metric is listed among in menus. */
type MetricGroup = "viewing" | "ads" | "chapters" | "quality" | "events";

export type Unit = "count" | "flag" | "s" | "ratio" | "1/min" | "bit/s" | "fps";

/** A tally with what follows from the whole of it. */
export interface Outcome extends Tally {
  readonly watched: readonly Span[];
  readonly closed: boolean;
  readonly bufferedBy: ReturnType<typeof endBuffers>;
  /** Content length in seconds, as it was sent; undefined when it is unknown. */
  readonly length: number | undefined;
}

/** What a number is made of, for a page that shows it part by part. Its unit says how the parts come to the number. */
export interface MadeOf<Id extends string = string> {
  /** Events of this type that had their effect. */
  readonly events?: EventType;
  /** Time that was counted as one of these. */
  readonly time?: readonly IntervalKind[];
  /** Which of those events, or of that time, take part. */
  readonly only?:
    | "outside breaks"
    | "in chapters"
    | "in ads"
    | "while watched"
    | "from the content start"
    | "up to the content start"
    | "before the content start";
  /** Mendings by the events that showed them, or the time that they gave another kind. */
  readonly mended?: "events" | "time";
  /** The event with which main content began to play. */
  readonly contentStart?: true;
  /** Jumps of the playhead, with how far they went. */
  readonly jumps?: "all" | "forward" | "back";
  /** Buffers from the content start on, by what they come from. */
  readonly buffers?: "all but those of seeks" | "of seeks" | "longest";
  /** All time up to there, for the content start without that in breaks; none where it never came. */
  readonly until?: "content start" | "first ad";
  /** The latest error since the content start, and what played behind it. */
  readonly lastError?: true;
  /** Ads that played for this share of their length. */
  readonly adPercent?: number;
  /** Ads that were open when the session closed. */
  readonly openAd?: true;
  /** Breaks that ended without an ad. */
  readonly emptyBreaks?: true;
  /** Stalls, each as one part, however many events it has. */
  readonly stalls?: true;
  /** The latest value that was reported under this key. */
  readonly latest?: ParameterKey;
  /** Reports under this key: the first, the highest, or those above or below the one before. */
  readonly reports?: { readonly of: ParameterKey; readonly pick: "first" | "highest" | "rises" | "falls" };
  /** Time, each part with the latest value of this key as its weight: a mean, or the sum where the unit is a count. */
  readonly weight?: ParameterKey;
  /** How far the playhead came in the parts of time that were watched. */
  readonly advance?: true;
  /** The length of the content, known from its start on. */
  readonly lengthOnceStarted?: true;
  /** A parameter of the start that says yes. */
  readonly start?: ParameterKey;
  /** The watched parts of the content. */
  readonly watched?: true;
  /** The first playhead that reached this share of the content. */
  readonly percent?: number;
  /** Other numbers, or whether the session is closed. */
  readonly terms?: readonly (Id | "closed")[];
  /** Makes the number of those terms, where the parts don't come to it. */
  readonly from?: (...terms: readonly number[]) => number;
}

/** The metrics, or keys, whose sum is divided, and those by whose sum. */
export interface Ratio<Id extends string = string> {
  readonly of: readonly (Id | ParameterKey)[];
  readonly by: readonly (Id | ParameterKey)[];
  /** What a number counts by, where that isn't once. */
  readonly times?: Readonly<Partial<Record<Id, number>>>;
  /** Whether a session that lacks one of the numbers takes no part. */
  readonly isPartial?: true;
}

interface Described<Id extends string> {
  readonly id: Id;
  /** What people call it, where its id doesn't say it. */
  readonly label?: string;
  readonly group: MetricGroup;
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
  /** Which way is the better one. A pause, a skipped ad or a bitrate change is neither good nor bad. */
  readonly betterWhen?: "more" | "less";
}

/** A ratio is made of what it divides. */
export type MetricDefinition<Id extends string = string> = Described<Id> &
  (
    | { readonly madeOf: MadeOf<Id>; readonly ratio?: undefined }
    | { readonly ratio: Ratio<Id>; readonly madeOf?: undefined }
  );

/** Something that happens, whether it did, and for how long. */
interface Occurrence<Ids extends readonly [events: string, impacted: string, duration: string]> {
  /** What the state is called: "paused". */
  readonly became: string;
  readonly ids: Ids;
  readonly labels: readonly [string, string, string];
  readonly group: MetricGroup;
  readonly contextData: readonly [string, string, string];
  readonly xdm: readonly [string, string, string];
  readonly count: (outcome: Outcome) => number;
  readonly ms: (outcome: Outcome) => number;
  /** What shows how often, and what shows for how long. */
  readonly counted: MadeOf;
  readonly spent: MadeOf;
  readonly betterWhen?: "less";
}

/** The three metrics of an occurrence: how often, whether, how long. */
export function occurrenceMetrics<const Ids extends readonly [events: string, impacted: string, duration: string]>(
  occurrence: Occurrence<Ids>,
): readonly MetricDefinition<Ids[number]>[] {
  const { became, ids, labels, group, contextData, xdm, count, ms, counted, spent, betterWhen } = occurrence;
  const [events, impacted, duration]: readonly [Ids[0], Ids[1], Ids[2]] = ids;
  const better = betterWhen && { betterWhen };
  return [
    {
      id: events,
      label: labels[0],
      group,
      unit: "count",
      definition: `How often the session became ${became}.`,
      formula: `times it became ${became}`,
      contextData: contextData[0],
      xdm: xdm[0],
      of: count,
      madeOf: counted,
      ...better,
    },
    {
      id: impacted,
      label: labels[1],
      group,
      unit: "flag",
      definition: `Whether the session became ${became}.`,
      formula: `1 if ${events} > 0`,
      contextData: contextData[1],
      xdm: xdm[1],
      of: (outcome) => Number(count(outcome) > 0),
      madeOf: counted,
      ...better,
    },
    {
      id: duration,
      label: labels[2],
      group,
      unit: "s",
      definition: `Time ${became}.`,
      formula: `Σ time ${became}`,
      contextData: contextData[2],
      xdm: xdm[2],
      of: (outcome) => secondsOf(ms(outcome)),
      madeOf: spent,
      ...better,
    },
  ];
}

/** A part of a whole; null where there is no whole. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
