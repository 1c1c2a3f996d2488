/** What the live tail shows: the latest arrivals, kept in memory for as long as the page is open. */

import type { TailEvents } from "../api/answers.ts";

type Kinds = Omit<TailEvents, "dropped">;

export type TailItem = {
  [Kind in keyof Kinds]: { readonly number: number; readonly kind: Kind; readonly said: Kinds[Kind] };
}[keyof Kinds];

export type TailKind = TailItem["kind"];

/** The oldest items make room. */
export const ITEMS_MAX = 10_000;

/** Appends items to a list, within its bound. */
export function append(items: readonly TailItem[], more: readonly TailItem[]): readonly TailItem[] {
  const all = [...items, ...more];
  return all.length > ITEMS_MAX ? all.slice(all.length - ITEMS_MAX) : all;
}

/** The name of an item in a list. */
export function nameOf({ kind, said }: TailItem): string {
  if (kind === "event") return said.type;
  if (kind === "session") return `session ${said.what}`;
  return `${said.status} ${said.code}`;
}

/** A remark on an item, in a line. */
export function remarkOf({ kind, said }: TailItem): string {
  if (kind === "event") return said.flags.join("  ");
  if (kind === "session") return said.reason ?? "";
  return said.errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join("; ") || said.message;
}
