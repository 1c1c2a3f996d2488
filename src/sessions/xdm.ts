/**
 * A session in the reference's reporting shape, so that what reads those documents today reads these.
 *
 * Attributes go where the catalogue of keys says, numbers where the catalogue of metrics says; times are whole seconds
 * where the reference has integers, bitrates kilobits a second.
 */

import { BITS_PER_KILOBIT, SECOND_MS } from "../base/units.ts";
import type { Parameters } from "../protocol/event.ts";
import { PARAMETERS, type ParameterKey } from "../protocol/parameters.ts";
import type { Numbers } from "./fold.ts";
import { METRICS, type Metrics } from "./metrics.ts";
import type { AdBreakRow, AdRow, ChapterRow, StateRow } from "./rows.ts";

type Fields = Record<string, unknown>;
type Section = "sessionDetails" | "qoeDataDetails" | "advertisingDetails" | "advertisingPodDetails" | "chapterDetails";

export interface XdmSession {
  readonly mediaReporting: {
    readonly sessionDetails: Fields;
    readonly qoeDataDetails: Fields;
    readonly advertisingDetails: readonly Fields[];
    readonly chapterDetails: readonly Fields[];
    readonly states: readonly Fields[];
  };
}

/** What the shape needs of a session beside its fold. */
interface XdmSource {
  readonly sid: string;
  readonly params: Parameters;
  readonly customMetadata: Readonly<Record<string, string>>;
}

const BUCKET_KILOBITS = 100;
/** Integers in the reference, which counts whole seconds: times, and where a break or a chapter begins. */
const WHOLE: ReadonlySet<string> = new Set([
  ...METRICS.flatMap(({ unit, xdm }) => (unit === "s" && xdm ? (xdm.split(".").at(-1) ?? []) : [])),
  "offset",
]);

/** Whether a field holds whole seconds. */
export function isWholeInXdm(field: string): boolean {
  return WHOLE.has(field);
}

/** Makes the document of a session; what has no value is left out. */
export function toXdm({ sid, params, customMetadata }: XdmSource, folded: Numbers): XdmSession {
  return {
    mediaReporting: {
      sessionDetails: present({
        ID: sid,
        ...attributesOf("sessionDetails", params),
        ...numbersOf("sessionDetails", folded),
        adCount: folded.metrics.adStarts,
        chapterCount: folded.metrics.chapterStarts,
        segment: folded.contentSegment,
        genreList: genresOf(params),
        customMetadata: pairsOf(customMetadata),
      }),
      qoeDataDetails: present({ ...numbersOf("qoeDataDetails", folded), ...bitrateOf(folded), ...errorsOf(folded) }),
      advertisingDetails: folded.ads.map((ad) => adOf(params, ad, folded.adBreaks[ad.breakIndex - 1])),
      chapterDetails: folded.chapters.map((chapter) => chapterOf(params, chapter)),
      states: folded.states.map(stateOf),
    },
  };
}

/** The parameters that have a place in a section. */
function attributesOf(section: Section, params: Parameters): Fields {
  const prefix = `${section}.`;
  const rows = PARAMETERS.filter(({ xdm, key }) => xdm?.startsWith(prefix) && params[key] !== undefined);
  return Object.fromEntries(
    rows.map(({ xdm = "", key }) => {
      const name = xdm.slice(prefix.length);
      const value = params[key];
      return [name, WHOLE.has(name) && typeof value === "number" ? Math.round(value) : value];
    }),
  );
}

/** Several genres come with commas between them. */
function genresOf({ "media.genre": genre }: Parameters): string[] | undefined {
  if (typeof genre !== "string") return undefined;
  return genre
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** The id of a part of the content: the content's with the part's place in it, so that all sessions have the same. */
function partId({ "media.id": content }: Parameters, ...place: readonly Parameters[ParameterKey][]): string {
  return [content, ...place].map((each) => String(each ?? "")).join("_");
}

/** The metrics that have a place in a section; a name that begins with "is" or "has" asks for a yes or no. */
function numbersOf(section: Section, { metrics }: Numbers): Fields {
  const prefix = `${section}.`;
  const rows = METRICS.filter(({ xdm }) => xdm?.startsWith(prefix));
  return Object.fromEntries(
    rows.map(({ id, xdm = "" }) => {
      const name = xdm.slice(prefix.length);
      const value = metrics[id] ?? null;
      if (value === null) return [name, null];
      if (/^(is|has)[A-Z]/.test(name)) return [name, value > 0];
      return [name, WHOLE.has(name) ? Math.round(value) : value];
    }),
  );
}

/** The range of 100 kbit/s in which a session's average bitrate lies, such as `2000-2099`; null without one. */
export function bitrateBucketOf(metrics: Metrics): string | null {
  const kilobits = kilobitsOf(metrics);
  if (kilobits === null) return null;
  const from = Math.floor(kilobits / BUCKET_KILOBITS) * BUCKET_KILOBITS;
  return `${from}-${from + BUCKET_KILOBITS - 1}`;
}

function kilobitsOf(metrics: Metrics): number | null {
  const bitrate = metrics["averageBitrate"] ?? null;
  return bitrate === null ? null : Math.round(bitrate / BITS_PER_KILOBIT);
}

function bitrateOf({ metrics }: Numbers): Fields {
  return { bitrateAverage: kilobitsOf(metrics), bitrateAverageBucket: bitrateBucketOf(metrics) };
}

function errorsOf({ errors }: Numbers): Fields {
  const idsFrom = (isExternal: boolean) => [
    ...new Set(errors.filter(({ source }) => (source === "external") === isExternal).flatMap(({ id }) => id ?? [])),
  ];
  return { playerSdkErrors: idsFrom(false), externalErrors: idsFrom(true) };
}

function adOf(start: Parameters, ad: AdRow, adBreak: AdBreakRow | undefined): Fields {
  return present({
    ...attributesOf("advertisingDetails", ad.params),
    isStarted: true,
    isCompleted: ad.completed,
    timePlayed: wholeSeconds(ad.timeSpentMs),
    advertisingPodDetails: adBreak && podOf(start, adBreak.params),
    customMetadata: pairsOf(ad.customMetadata),
  });
}

function podOf(start: Parameters, params: Parameters): Fields {
  const ID = partId(start, params["media.ad.podIndex"], params["media.ad.podSecond"]);
  return { ID, ...attributesOf("advertisingPodDetails", params) };
}

function chapterOf(start: Parameters, chapter: ChapterRow): Fields {
  const { params } = chapter;
  return present({
    ID: partId(start, params["media.chapter.index"], params["media.chapter.offset"]),
    ...attributesOf("chapterDetails", params),
    isStarted: true,
    isCompleted: chapter.completed,
    timePlayed: wholeSeconds(chapter.timeSpentMs),
    customMetadata: pairsOf(chapter.customMetadata),
  });
}

function stateOf({ name, count, durationMs }: StateRow): Fields {
  return { name, isSet: true, count, time: wholeSeconds(durationMs) };
}

function wholeSeconds(ms: number): number {
  return Math.round(ms / SECOND_MS);
}

function pairsOf(metadata: Readonly<Record<string, string>>): Fields[] {
  return Object.entries(metadata).map(([name, value]) => ({ name, value }));
}

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
