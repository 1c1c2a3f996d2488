/** What the live tail shows: the latest arrivals, kept in memory for as long as the page is open. */

import type { TailEvents } from "../api/answers.ts";

type Kinds = Omit<TailEvents, "dropped" | "earlier">;

export type TailEntry = {
  [Kind in keyof Kinds]: { readonly number: number; readonly kind: Kind; readonly said: Kinds[Kind] };
}[keyof Kinds];

/** What a reader may leave out, in the order of the page. */
export const GROUPS = {
  start: "Starts",
  event: "Events",
  ping: "Pings",
  closed: "Closed",
  rejected: "Refused",
} as const;

export type TailGroup = keyof typeof GROUPS;

const ALL = Object.keys(GROUPS) as TailGroup[];
/** Nine of ten arrivals are pings, which say the least. */
const SHOWN_BY_DEFAULT = ALL.filter((group) => group !== "ping");

/** The oldest items make room. */
export const ITEMS_MAX = 10_000;

/** Puts items, oldest first, before a list that is newest first, within its bound. */
export function prepend(items: readonly TailEntry[], more: readonly TailEntry[]): readonly TailEntry[] {
  return [...more.toReversed(), ...items].slice(0, ITEMS_MAX);
}

/** The group of an item; undefined for what a `sessionStart` has said already. */
export function groupOf({ kind, said }: TailEntry): TailGroup | undefined {
  if (kind === "rejected") return "rejected";
  if (kind === "session") return said.what === "closed" ? "closed" : undefined;
  if (said.type === "sessionStart") return "start";
  return said.type === "ping" ? "ping" : "event";
}

/** The groups that an address asks for: names between commas; all but pings where it names none. */
export function groupsIn(text: string | null): ReadonlySet<TailGroup> {
  const named = ALL.filter((group) => text?.split(",").includes(group));
  return new Set(named.length > 0 ? named : SHOWN_BY_DEFAULT);
}

/** The same groups as text; undefined for those that need none. */
export function groupsAsText(groups: ReadonlySet<TailGroup>): string | undefined {
  const text = ALL.filter((group) => groups.has(group)).join();
  return text === "" || text === SHOWN_BY_DEFAULT.join() ? undefined : text;
}

/** The name of an item in a list. */
export function nameOf({ kind, said }: TailEntry): string {
  if (kind === "event") return said.type;
  if (kind === "session") return `session ${said.what}`;
  return `${said.status} ${said.code}`;
}

/** What was wrong with a request, in a line: the first fault, and how many more there are. */
export function faultOf({ errors, message }: TailEvents["rejected"]): string {
  const [first, ...more] = errors;
  if (!first) return message;
  return `${`${first.pointer} ${first.message}`.trim()}${more.length > 0 ? ` (+${more.length})` : ""}`;
}
