/** The events of a long session after those of its own answer: one more page whenever the list ends. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LedgerEvent, SessionDetail, SessionEvents } from "../../api/answers.ts";
import { ask } from "../../api/ask.ts";

interface Page extends SessionEvents {
  readonly cursor: string;
}

export interface MoreEvents {
  /** The session with all events that are here by now. */
  readonly detail: SessionDetail;
  readonly isAll: boolean;
  /** Fetches the next page, if there is one. */
  readonly more: () => void;
}

export function useMoreEvents(first: SessionDetail): MoreEvents {
  const { sid } = first.session;
  // A late event may move the end of the answer's own events: the pages begin after it.
  const [{ begin, pages }, setPages] = useState<{ begin: string | null; pages: readonly Page[] }>({
    begin: first.nextCursor,
    pages: [],
  });
  const kept = begin === first.nextCursor ? pages : [];
  const last = kept.at(-1);
  const next = last ? last.nextCursor : first.nextCursor;
  const isAsking = useRef(false);
  const fetchPage = (cursor: string, before: readonly Page[]) => {
    if (isAsking.current) return;
    isAsking.current = true;
    ask<SessionEvents>(`/admin/api/sessions/${sid}/events?cursor=${cursor}`)
      .then(
        (page) => setPages({ begin: first.nextCursor, pages: [...before, { ...page, cursor }] }),
        // The list asks again when it comes to its end the next time.
        () => {},
      )
      .finally(() => {
        isAsking.current = false;
      });
  };
  // The last page grows with an open session.
  useEffect(() => {
    const isBehind = last?.nextCursor === null && last.eventsTotal !== first.eventsTotal;
    if (isBehind) fetchPage(last.cursor, kept.slice(0, -1));
  }, [first.eventsTotal, last]);
  const detail = useMemo(
    () => ({ ...first, events: [first, ...kept].flatMap(({ events }) => events.map(mended)) }),
    [first, kept.length, last],
  );
  return { detail, isAll: next === null, more: () => next !== null && fetchPage(next, kept) };
}

/** The event at the instant by which it counts. */
function mended(event: LedgerEvent): LedgerEvent {
  return event.mendedTs === undefined ? event : { ...event, ts: event.mendedTs, saidTs: event.ts };
}
