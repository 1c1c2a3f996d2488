/**
 * What the oracle knows of a session: what `GET /admin/api/sessions/{sid}` says of it, and nothing else.
 *
 * Dimensions and metrics are read off that view by what the documentation says of them, not by what compile/ does.
 */

import { foldedView } from "../../../src/answers/session.ts";
import { PARAMETERS, type Parameter } from "../../../src/protocol/parameters.ts";
import { DEFINITIONS_VERSION } from "../../../src/sessions/definitions.ts";
import { foldSession } from "../../../src/sessions/fold.ts";
import type { Head, JournalStore } from "../../../src/store/journal.ts";

type Value = string | number | boolean | null;
type Params = Readonly<Record<string, unknown>>;
type Metadata = Readonly<Record<string, string>>;

/** The members that reports speak of. */
interface IntervalPart {
  readonly seconds: number;
  readonly countedAs: string;
}

export interface SessionView {
  readonly session: {
    readonly sid: string;
    readonly status: "open" | "closed";
    readonly startedAt: number;
    readonly closeReason: string | null;
    readonly downloaded: boolean;
    readonly contentSegment: string | null;
    readonly params: Params;
    readonly customMetadata: Metadata;
  };
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly ads: readonly Part[];
  readonly adBreaks: readonly Part[];
  readonly chapters: readonly Part[];
  readonly states: readonly Part[];
  readonly errors: readonly Part[];
  readonly events: readonly {
    readonly ts: number;
    /** Where a clock was mended. */
    readonly mendedTs?: number;
    readonly interval: IntervalPart & { readonly others?: readonly IntervalPart[] };
    readonly rule: string;
    readonly verdict: string;
    readonly flags: readonly string[];
  }[];
  /** Milliseconds of the content in the order of watching; the one thing that the API shows only as a union. */
  readonly spans: readonly (readonly [fromMs: number, toMs: number])[];
}

/** An ad, a break, a chapter, a player state or an error; which it is says the list that it stands in. */
export interface Part {
  readonly index?: number;
  readonly breakIndex?: number;
  readonly adCount?: number;
  readonly timeSpent?: number;
  readonly completed?: boolean;
  readonly skipped?: boolean;
  readonly errors?: number;
  readonly abandoned?: boolean;
  readonly quartiles?: number;
  readonly params?: Params;
  readonly customMetadata?: Metadata;
  readonly name?: string | null;
  readonly count?: number;
  readonly totalDuration?: number;
  readonly id?: string | null;
  readonly source?: string | null;
  readonly ignored?: number;
}

/** Reads sessions as the admin API shows them. */
export async function viewsOf(store: JournalStore, heads: readonly Head[]): Promise<SessionView[]> {
  const views: SessionView[] = [];
  for (const { sid, id, seq } of heads) {
    const session = await store.findSession(sid);
    if (!session) continue;
    const events = [session.start, ...(await store.readEvents({ id, seq: session.seq ?? seq }))];
    const folded = foldSession(events, { closed: session.close !== undefined });
    const entries = folded.timeline.map((entry, at) => ({ ...entry, event: { ...entry.event, seq: at } }));
    const part = { entries, total: entries.length, isLast: true };
    const view = { ...foldedView(session, { ...folded, definitions: DEFINITIONS_VERSION }, part), spans: folded.spans };
    views.push(JSON.parse(JSON.stringify(view)) as SessionView);
  }
  return views;
}

export type PartScope = "ad" | "adBreak" | "chapter" | "state" | "error" | "rule" | "flag";
export type OracleScope = "session" | PartScope;

const OWN = ["status", "sid", "closeReason", "downloaded", "contentSegment", "averageBitrateBucket"];
const ERROR_ID = ["media.qoe.errorID", "media.errorId"];
const ERROR_SOURCE = ["media.qoe.errorSource", "media.errorSource"];
const CASELESS = ["media.contentType", "media.streamType"];
const METADATA = "customMetadata.";
export const PARTS: Readonly<Record<PartScope, (view: SessionView) => readonly Part[]>> = {
  ad: ({ ads }) => ads,
  adBreak: ({ adBreaks }) => adBreaks,
  chapter: ({ chapters }) => chapters,
  state: ({ states }) => states,
  error: ({ errors }) => errors,
  rule: (view) => countedBy(view, ({ rule }) => [rule]),
  flag: (view) => countedBy(view, ({ flags }) => flags),
};

type ViewedEvent = SessionView["events"][number];

/** A session's events by what they have: how many there are, and how many of them were ignored. */
function countedBy({ events }: SessionView, namesOf: (event: ViewedEvent) => readonly string[]): Part[] {
  const names = new Set(events.flatMap(namesOf));
  return [...names].map((name) => {
    const having = events.filter((event) => namesOf(event).includes(name));
    return { name, count: having.length, ignored: having.filter(({ verdict }) => verdict === "ignored").length };
  });
}

/** Every name that a report may be broken down by, but metadata, which has no list. */
export const NAMES: readonly { readonly name: string; readonly scope: OracleScope; readonly type: string }[] = [
  ...OWN.map((name) => ({ name, scope: "session" as const, type: name === "downloaded" ? "yes-no" : "text" })),
  ...PARAMETERS.filter(({ on }) => on !== "qoeData").flatMap((row) => {
    const scope = scopeOfKey(row);
    return scope ? [{ name: row.key, scope, type: typeOfKey(row) }] : [];
  }),
  { name: "chapter", scope: "chapter", type: "text" },
  { name: "adPod", scope: "adBreak", type: "text" },
  ...(["rule", "flag"] as const).map((name) => ({ name, scope: name, type: "text" })),
  ...[...ERROR_ID, ...ERROR_SOURCE].map((name) => ({ name, scope: "error" as const, type: "text" })),
];

export function scopeOfName(name: string): OracleScope {
  return NAMES.find((row) => row.name === name)?.scope ?? "session";
}

function scopeOfKey({ on }: Parameter): OracleScope | undefined {
  if (on.includes("sessionStart")) return "session";
  if (on.includes("adBreakStart")) return "adBreak";
  if (on.includes("adStart")) return "ad";
  if (on.includes("chapterStart")) return "chapter";
  return on.includes("stateStart") ? "state" : undefined;
}

function typeOfKey({ type }: Parameter): string {
  if (type === "number" || type === "integer") return "number";
  return type === "boolean" ? "yes-no" : "text";
}

/** A session's, or its part's, value of a name; null for none. */
export function valueIn(view: SessionView, part: Part | undefined, name: string): Value {
  if (name.startsWith(METADATA)) return metadataOf(view, part, name.slice(METADATA.length));
  if (OWN.includes(name)) return ownOf(view, name);
  const scope = scopeOfName(name);
  if (CASELESS.includes(name)) return scalarOf(view.session.params[name]?.toString().toLowerCase());
  if (scope === "session") return scalarOf(view.session.params[name]);
  if (!part) throw new Error(`${name} is of a part of a session`);
  if (scope === "state" || scope === "rule" || scope === "flag") return part.name ?? null;
  if (ERROR_ID.includes(name)) return part.id ?? null;
  if (ERROR_SOURCE.includes(name)) return part.source ?? null;
  return ownValueIn(view, part, name);
}

/** What an ad, a break or a chapter says. */
function ownValueIn(view: SessionView, part: Part, name: string): Value {
  // An ad is in a break; what the break says of itself comes before what the ad repeats.
  const adBreak =
    part.breakIndex === undefined ? undefined : view.adBreaks.find(({ index }) => index === part.breakIndex);
  const keys = PART_IDS[name];
  if (keys) return partId(view, (adBreak ?? part).params, keys);
  return scalarOf(adBreak?.params?.[name] ?? part.params?.[name]);
}

const PART_IDS: Readonly<Record<string, readonly string[]>> = {
  chapter: ["media.chapter.index", "media.chapter.offset"],
  adPod: ["media.ad.podIndex", "media.ad.podSecond"],
};

/** A chapter or a break by its content and where it lies in it. */
function partId({ session }: SessionView, params: Params | undefined, keys: readonly string[]): Value {
  const parts = [session.params["media.id"], ...keys.map((key) => params?.[key])];
  return parts.includes(undefined) ? null : parts.join(":");
}

/** A part's own metadata stands merged with the session's; a state or an error has none of its own. */
function metadataOf({ session }: SessionView, part: Part | undefined, key: string): Value {
  const isBreak = part?.index !== undefined;
  const metadata = isBreak ? session.customMetadata : (part?.customMetadata ?? session.customMetadata);
  return metadata[key] ?? null;
}

function ownOf({ session, metrics }: SessionView, name: string): Value {
  if (name !== "averageBitrateBucket") return session[name as "sid"] ?? null;
  const bitrate = metrics["averageBitrate"];
  if (bitrate === null || bitrate === undefined) return null;
  const from = Math.floor(Math.round(bitrate / 1000) / 100) * 100;
  return `${from}-${from + 99}`;
}

function scalarOf(value: unknown): Value {
  if (value === undefined || value === null) return null;
  return typeof value === "object" ? JSON.stringify(value) : (value as Value);
}
