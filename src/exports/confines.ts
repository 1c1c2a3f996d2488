/** What a token may see of an export: the sessions of its realm, and for a read-only one no personal key. */

import { RecentMap } from "../base/recent-map.ts";
import { isPersonal, withoutPersonal } from "../protocol/personal.ts";
import { isInRealm, isLimited, type Realm } from "../protocol/realm.ts";
import type { LoggedEvent } from "../store/log.ts";
import type { Fold, StoredSession, StoreReader } from "../store/store.ts";
import type { ExportKind } from "./kind.ts";

export interface Confines {
  /** Everything by default. */
  readonly realm?: Realm;
  /** Whether personal keys are left out. */
  readonly hidesPersonal?: boolean;
}

/** Sessions whose events alternate: mostly those that play at the same time. */
const SESSIONS_KEPT = 10_000;

/** The visible part of a page of sessions. */
export function confinedPage(page: readonly StoredSession[], { realm = {}, hidesPersonal }: Confines) {
  const seen = page.filter(({ start }) => isInRealm(realm, start.params));
  if (!hidesPersonal) return seen;
  return seen.map((session) => {
    // Undocumented members may hold anything.
    const { unknownMembers: _, ...start } = session.start;
    return { ...session, start: { ...start, params: withoutPersonal(start.params ?? {}) } };
  });
}

/** The visible rows of a session. */
export function confinedFold(fold: Fold, { hidesPersonal }: Confines): Fold {
  if (!hidesPersonal) return fold;
  const clean = <Row extends Fold["ads" | "adBreaks" | "chapters"][number]>(row: Row): Row => ({
    ...row,
    params: withoutPersonal(row.params),
  });
  const { ads, adBreaks, chapters } = fold;
  return { ...fold, ads: ads.map(clean), adBreaks: adBreaks.map(clean), chapters: chapters.map(clean) };
}

/** Makes a filter for visible events, which asks the store once for each session. */
export function confinedEvents(store: Pick<StoreReader, "findSession">, { realm = {} }: Confines) {
  const seen = new RecentMap<string, boolean>(SESSIONS_KEPT);
  return async (events: readonly LoggedEvent[]): Promise<readonly LoggedEvent[]> => {
    if (!isLimited(realm)) return events;
    const some: LoggedEvent[] = [];
    for (const logged of events) {
      const { sid } = logged;
      const isSeen = seen.get(sid) ?? isInRealm(realm, (await store.findSession(sid))?.start.params);
      seen.set(sid, isSeen);
      if (isSeen) some.push(logged);
    }
    return some;
  };
}

/** A kind with only the visible columns. */
export function confinedKind(kind: ExportKind, { hidesPersonal }: Confines): Pick<ExportKind, "columns" | "pages"> {
  if (!hidesPersonal) return kind;
  const isKept = kind.columns.map(({ name }) => !isPersonal(name));
  return {
    columns: kind.columns.filter((_, at) => isKept[at]),
    async *pages(source) {
      for await (const page of kind.pages(source)) {
        yield page.map((row) => ({ ...row, cells: () => row.cells().filter((_, at) => isKept[at]) }));
      }
    },
  };
}
