/**
 * What must be kept of a body that was taken, worked out from docs/protocol.md alone: a second opinion beside
 * `protocol/collection/event-reader.ts`, which it does not look at.
 */

import { PARAMETERS } from "../../../src/protocol/parameters.ts";
import { canonical } from "../../protocol/canonical.ts";

type Members = Readonly<Record<string, unknown>>;

const ENVELOPE = ["eventType", "playerTime", "params", "qoeData", "customMetadata"];
const ALIASES: Readonly<Record<string, string>> = { contentComplete: "sessionComplete" };

const STATE_NAME = "media.state.name";
const TEXTS: ReadonlySet<string> = new Set(PARAMETERS.filter(({ type }) => type === "string").map(({ key }) => key));
const LISTS = ["statesStart", "statesEnd"];
const TEN_YEARS_MS = 3652.5 * 86_400_000;

/**
 * The events of a body that was answered 2xx, each as a text to compare.
 *
 * @param unitMs of the session's `ts`, as {@link unitOf} its start tells it
 */
export function keptOf(body: string, unitMs: number): string[] {
  return eventsIn(body).map((event) => keptOfEvent(event, unitMs));
}

/** How many milliseconds the `ts` of a session counts by, which starts about now. */
export function unitOf(body: string): number {
  const ts = Number((eventsIn(body)[0]?.["playerTime"] as Members | undefined)?.["ts"]);
  const fits = (unitMs: number) => Math.abs(ts * unitMs - Date.now()) <= TEN_YEARS_MS;
  if (fits(1)) return 1;
  if (ts >= 1e9 && ts < 1e10 && fits(1000)) return 1000;
  return ts >= 1e15 && ts <= 2 ** 53 && fits(0.001) ? 0.001 : 1;
}

function eventsIn(body: string): Members[] {
  const value: unknown = JSON.parse(body.replace(/^\ufeff/, ""));
  return (Array.isArray(value) ? value : [value]) as Members[];
}

/** An event of the admin API as a text to compare with. */
export function shownOf({ type, ts, playhead, params, qoeData, customMetadata, unknownMembers = {} }: Members): string {
  return textOf([type, ts, playhead, params, qoeData, customMetadata, unknownMembers]);
}

function keptOfEvent(event: Members, unitMs: number): string {
  const { playhead, ts, ...clock } = event["playerTime"] as { playhead: number; ts: number };
  const type = String(event["eventType"]);
  const texts = entriesOf(event["customMetadata"]).map(([key, value]) => [key, String(value)] as const);
  const unknown = [
    ...entriesOf(event).filter(([key]) => !ENVELOPE.includes(key)),
    ...entriesOf(clock).map(([key, value]) => [`playerTime.${key}`, value] as const),
  ];
  const instant = Math.round(unitMs < 1 ? ts / 1000 : ts * unitMs);
  return textOf([
    Object.hasOwn(ALIASES, type) ? ALIASES[type] : type,
    Number.isSafeInteger(instant) ? instant : Math.round(ts),
    Math.min(Math.round(Math.max(playhead, 0) * 1000), Number.MAX_SAFE_INTEGER) / 1000,
    ...[keyed(event["params"]), keyed(event["qoeData"]), texts, unknown].map((each) => Object.fromEntries(each)),
  ]);
}

/** Documented texts are kept as texts, and so are the names in lists of player states. */
function keyed(value: unknown): (readonly [string, unknown])[] {
  return entriesOf(value).map(([key, each]) => {
    if (TEXTS.has(key)) return [key, String(each)];
    if (!LISTS.includes(key) || !Array.isArray(each)) return [key, each];
    return [key, each.map(namedState)];
  });
}

function namedState(state: unknown): object {
  const members = entriesOf(state).map(([key, each]) => [key, key === STATE_NAME ? String(each) : each] as const);
  return Object.fromEntries(members);
}

/** A null is an absence. */
function entriesOf(value: unknown): (readonly [string, unknown])[] {
  return Object.entries(value ?? {}).filter(([, each]) => each !== null);
}

/** JSON would write an infinite number as null, and so hide that it was lost. */
function textOf(value: unknown): string {
  return canonical(marked(value));
}

function marked(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return `the number ${value}`;
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, marked(each)]));
}
