/** Reads by numbers, a page at a time: each page ends once it weighs too much, and the next begins after it. */

import type { Skip } from "./damage.ts";
import type { LoggedEvent } from "./log.ts";
import { BOUNDLESS, type Outline, PAGE } from "./outline.ts";
import type { Fold, SessionEnd, StoredFold, StoredSession, StoreReader } from "./store.ts";

/** The approximate weight of a row beside its text. */
const ROW_BYTES = 256;
/** A value that is no text; objects are few, and as small as their event. */
const OTHER_BYTES = 8;

/** Reads the sessions of these numbers, in their order; damaged ones as {@link StoreReader} says. */
export async function* sessionsOf(
  store: Pick<StoreReader, "getSessions">,
  ids: readonly number[],
  skip?: Skip,
): AsyncGenerator<readonly StoredSession[], void, void> {
  for (let left = ids; left.length > 0; ) {
    const page = await store.getSessions(left, skip);
    const last = page.at(-1);
    if (!last) return;
    yield page;
    left = left.slice(left.indexOf(last.id) + 1);
  }
}

/** Reads the stored numbers of these sessions, in their order, without sessions that are gone or pending. */
export async function* foldsOf(
  store: Pick<StoreReader, "readFolds">,
  ids: readonly number[],
  skip?: Skip,
): AsyncGenerator<ReadonlyMap<number, StoredFold>, void, void> {
  for (let left = ids; left.length > 0; ) {
    const page = await store.readFolds(left, skip);
    const last = [...page.keys()].at(-1);
    if (last === undefined) return;
    yield page;
    left = left.slice(left.indexOf(last) + 1);
  }
}

/** Reads a session's events after its start, in order of arrival. */
export async function* eventPages(
  store: Pick<StoreReader, "readOutline" | "readSome">,
  end: SessionEnd,
): AsyncGenerator<readonly Omit<LoggedEvent, "sid">[], void, void> {
  const outline = await store.readOutline(end, BOUNDLESS);
  for (const seqs of outline ? pagesOf(outline) : []) {
    const events = await store.readSome(end.id, seqs);
    yield events.map((event, at) => ({ seq: seqs[at] as number, event }));
  }
}

/** Splits the numbers of a session's events into pages. */
function* pagesOf({ seqs, bytes }: Outline): Generator<number[], void, void> {
  let page: number[] = [];
  let size = 0;
  for (const [at, seq] of seqs.entries()) {
    size += bytes[at] ?? 0;
    if (page.length > 0 && (page.length >= PAGE.events || size > PAGE.bytes)) {
      yield page;
      page = [];
      size = bytes[at] ?? 0;
    }
    page.push(seq);
  }
  if (page.length > 0) yield page;
}

/** The approximate stored size of a fold's rows. */
export function textBytesOf({ adBreaks, ads, chapters, states, errors, spans, playing }: Fold): number {
  let bytes = (states.length + errors.length + spans.length + playing.length) * ROW_BYTES;
  for (const { params, customMetadata } of [...adBreaks, ...ads, ...chapters]) {
    bytes += ROW_BYTES + textBytes(params ?? {}) + textBytes(customMetadata);
  }
  return bytes;
}

function textBytes(texts: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const key in texts) {
    const value = texts[key];
    bytes += key.length + (typeof value === "string" ? value.length : OTHER_BYTES);
  }
  return bytes;
}
