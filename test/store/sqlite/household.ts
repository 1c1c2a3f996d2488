/** Sessions of many visitors, interleaved as they come, with one of everything: what an erasure has to find its way in. */

import { foldClosed } from "../../../src/ingest/settle.ts";
import type { Head, JournalStore } from "../../../src/store/journal.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { adding, arrivedAt, closing, newHead, openingWith } from "../writes.ts";

const ROUNDS = 4;

/** What every text of a visitor's begins with: no other visitor's does. */
export function markOf(visitor: number): string {
  return `VISITOR-${visitor}-`;
}

export interface VisitorSession {
  readonly head: Head;
  readonly visitor: number;
}

export interface HouseholdOptions {
  readonly visitors: number;
  readonly sessions: number;
}

/** Stores sessions of visitors in turns: closed but for each tenth, folded, and some of them folded again. */
export async function storeSessions(store: JournalStore, options: HouseholdOptions): Promise<VisitorSession[]> {
  const stored = Array.from({ length: options.sessions }, (_, at) => ({
    head: newHead(),
    visitor: at % options.visitors,
  }));
  for (const [at, { head, visitor }] of stored.entries()) {
    const params = { ...REQUIRED_PARAMS, "media.name": markOf(visitor), "analytics.visitorId": markOf(visitor) };
    await store.append([openingWith(head, { params, ...metadataOf(visitor, at) })]);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, { head, visitor }] of stored.entries()) {
      await store.append([adding(head, ...eventsOf(visitor, { at, second: round * 10 }))]);
    }
  }
  const closed = stored.filter((_, at) => at % 10 !== 9);
  // Neither in the order of their starts: pages split in the middle.
  for (const { head } of closed.toSorted((a, b) => orderOf(a) - orderOf(b))) {
    await store.append([closing(head, arrivedAt(90, "sessionEnd"))]);
    await fold(store, head);
  }
  for (const { head } of closed.filter((_, at) => at % 3 === 0)) await fold(store, head);
  return stored;
}

/** Erases a visitor to the last row. */
export async function eraseVisitor(
  store: JournalStore,
  sessions: readonly VisitorSession[],
  visitor: number,
): Promise<void> {
  const own = sessions.filter((each) => each.visitor === visitor);
  await store.erase(
    own.map(({ head }) => head),
    1,
  );
  while (await store.removeRemains(() => false));
}

/** Folds a session, in place of what it was folded to before. */
export async function fold(store: JournalStore, { id }: Pick<Head, "id">): Promise<void> {
  const [session] = await store.getSessions([id]);
  if (session) await store.saveResults([await foldClosed(store, session)], 1);
}

function eventsOf(visitor: number, { at, second }: { at: number; second: number }) {
  const own = metadataOf(visitor, at + second);
  return [
    arrivedAt(second + 1, "adBreakStart", { params: { "media.ad.podIndex": second }, ...own }),
    arrivedAt(second + 1, "adStart", { params: { "media.ad.id": markOf(visitor) }, ...own }),
    arrivedAt(second + 4, "adComplete"),
    arrivedAt(second + 5, "adBreakComplete"),
    arrivedAt(second + 6, "chapterStart", { params: { "media.chapter.index": second }, ...own }),
    arrivedAt(second + 7, "error", { params: { "media.errorId": markOf(visitor) } }),
  ];
}

/** Texts of different lengths, so that cells move as pages split. */
function metadataOf(visitor: number, at: number) {
  return { customMetadata: { who: markOf(visitor), rest: "x".repeat((at * 37) % 400) } };
}

function orderOf({ head }: VisitorSession): number {
  return (head.id * 7919) % 1009;
}
