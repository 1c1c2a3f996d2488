/**
 * The catalogue of derived words: what the server knows of a session beside what its player says.
 *
 * A new word is one row here; storage, exports, report columns and dimensions follow from it.
 */

import type { Json } from "./json.ts";

interface Row {
  readonly key: string;
  /** The number that stands for the word in storage. Never reused, never changed. */
  readonly code: number;
  readonly summary: string;
}

const ROWS = [
  { key: "edge.configId", code: 1, summary: "datastream that a session of Media Edge was sent to" },
  {
    key: "edge.client",
    code: 2,
    summary: "client of Media Edge: `alloy`, `ios`, `tvos`, `android`, `roku` or `other`",
  },
] as const satisfies readonly Row[];

export type DerivedWord = (typeof ROWS)[number]["key"];

/** By the catalogue's words, which are the dimensions that they are reported under. */
export type Derived = Readonly<Partial<Record<DerivedWord, string>>>;

export const DERIVED_WORDS: readonly (Row & { readonly key: DerivedWord })[] = ROWS;

const KNOWN: ReadonlySet<string> = new Set(DERIVED_WORDS.map(({ key }) => key));

/** Whether an object has texts alone, each under a word of the catalogue. */
export function isDerived(value: Json): value is Derived {
  return Object.entries(value).every(([key, text]) => KNOWN.has(key) && typeof text === "string");
}
