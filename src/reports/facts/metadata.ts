/**
 * Metadata as the facts keep it: its beginning, where a player sends texts that no report could show or compare. Events
 * and exports keep all of it.
 */

import type { FactSource } from "./column.ts";

export type Metadata = Readonly<Record<string, string>>;

/** Characters of a value; a filter takes no longer one. */
export const METADATA_VALUE_CHARS_MAX = 1024;
/** Characters of a row's keys and values: the engine holds two thousand rows in memory at once. */
export const METADATA_ROW_CHARS_MAX = 8192;

/** The metadata of a row, if it has some: long values are cut off, and keys without room are left out. */
export function keptMetadata(metadata: Metadata | undefined): Metadata | null {
  if (metadata === undefined || Object.keys(metadata).length === 0) return null;
  if (isWhole(metadata)) return metadata;
  const kept: Record<string, string> = {};
  let chars = 0;
  for (const [key, value] of Object.entries(metadata)) {
    const begin = beginOf(value);
    if (chars + key.length + begin.length > METADATA_ROW_CHARS_MAX) continue;
    chars += key.length + begin.length;
    kept[key] = begin;
  }
  return kept;
}

/** The metadata of a row that its session doesn't have as well. */
export function ownMetadata({ start }: FactSource["session"], { customMetadata }: { customMetadata: Metadata }) {
  const inherited = start.customMetadata ?? {};
  return Object.fromEntries(Object.entries(customMetadata).filter(([key, value]) => inherited[key] !== value));
}

/** Whether the facts of a session lack some of its metadata. */
export function isCut({ session, fold }: FactSource): boolean {
  if (!isWhole(session.start.customMetadata ?? {})) return true;
  return [...fold.ads, ...fold.chapters].some(
    (row) => !isWhole(row.customMetadata) && !isWhole(ownMetadata(session, row)),
  );
}

function isWhole(metadata: Metadata): boolean {
  let chars = 0;
  for (const key in metadata) {
    const value = metadata[key] as string;
    chars += key.length + value.length;
    if (value.length > METADATA_VALUE_CHARS_MAX || chars > METADATA_ROW_CHARS_MAX) return false;
  }
  return true;
}

/** The beginning of a text; never half of a surrogate pair. */
function beginOf(text: string): string {
  if (text.length <= METADATA_VALUE_CHARS_MAX) return text;
  const begin = text.slice(0, METADATA_VALUE_CHARS_MAX);
  return begin.isWellFormed() ? begin : begin.slice(0, -1);
}
