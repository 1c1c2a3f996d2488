/**
 * What must be kept of a body that was taken, worked out from docs/protocol.md alone: a second opinion beside
 * `protocol/collection/normalise.ts`, which it does not look at.
 */

import { canonical } from "../../protocol/canonical.ts";

type Members = Readonly<Record<string, unknown>>;

const ENVELOPE = ["eventType", "playerTime", "params", "qoeData", "customMetadata"];
const ALIASES: Readonly<Record<string, string>> = { contentComplete: "sessionComplete" };

/** The events of a body that was answered 2xx, each as a text to compare. */
export function keptOf(body: string): string[] {
  const value: unknown = JSON.parse(body.replace(/^\ufeff/, ""));
  return (Array.isArray(value) ? value : [value]).map((each) => keptOfEvent(each as Members));
}

/** An event of the admin API as a text to compare with. */
export function shownOf({ type, ts, playhead, params, qoeData, customMetadata, unknownMembers = {} }: Members): string {
  return textOf([type, ts, playhead, params, qoeData, customMetadata, unknownMembers]);
}

function keptOfEvent(event: Members): string {
  const { playhead, ts, ...clock } = event["playerTime"] as { playhead: number; ts: number };
  const type = String(event["eventType"]);
  const texts = entriesOf(event["customMetadata"]).map(([key, value]) => [key, String(value)] as const);
  const unknown = [
    ...entriesOf(event).filter(([key]) => !ENVELOPE.includes(key)),
    ...entriesOf(clock).map(([key, value]) => [`playerTime.${key}`, value] as const),
  ];
  return textOf([
    Object.hasOwn(ALIASES, type) ? ALIASES[type] : type,
    Math.round(ts),
    Math.min(Math.round(Math.max(playhead, 0) * 1000), Number.MAX_SAFE_INTEGER) / 1000,
    ...[entriesOf(event["params"]), entriesOf(event["qoeData"]), texts, unknown].map((each) =>
      Object.fromEntries(each),
    ),
  ]);
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
