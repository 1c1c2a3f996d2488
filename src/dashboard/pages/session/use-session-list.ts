/** The session list: asks for its newest page at intervals, and for an older one at the end of the list. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { SECOND_MS } from "../../../base/units.ts";
import type { SessionPage } from "../../api/answers.ts";
import { AskError, ask } from "../../api/ask.ts";
import { useAnswer } from "../../hooks/use-answer.ts";
import { type SessionList, withNewest, withOlder } from "../../model/session-list.ts";

const REFRESH_MS = 4 * SECOND_MS;
const PAGE_ROWS = "100";
const PATH = "/admin/api/sessions";

interface Kept {
  readonly key: string;
  readonly list: SessionList;
}

/**
 * Asks for the sessions of a query.
 *
 * @param key what the query depends on; the query itself won't do, since a range that ends now moves with each asking
 * @param path where such pages are
 */
export function useSessionList(key: string, queryOf: () => URLSearchParams, path = PATH) {
  const query = useMemo(queryOf, [key]);
  const first = useMemo(() => withParams(path, query, { limit: PAGE_ROWS }), [path, query]);
  const { answer, error, isWaiting, again } = useAnswer<SessionPage>(first, REFRESH_MS);
  const [kept, setKept] = useState<Kept | undefined>(undefined);
  const [moreError, setMoreError] = useState<AskError | undefined>(undefined);
  const isLoading = useRef(false);
  useEffect(() => {
    if (!answer || isWaiting) return;
    setKept((before) => ({ key, list: withNewest(before?.key === key ? before.list : undefined, answer) }));
  }, [answer, isWaiting, key]);
  const more = () => {
    const cursor = kept?.list.nextCursor;
    if (!kept || kept.key !== key || !cursor || isLoading.current) return;
    isLoading.current = true;
    ask<SessionPage>(withParams(path, query, { limit: PAGE_ROWS, cursor })).then(
      (page) => {
        isLoading.current = false;
        setMoreError(undefined);
        // By now the list may belong to another query.
        setKept((before) =>
          before?.list.nextCursor === cursor ? { key, list: withOlder(before.list, page) } : before,
        );
      },
      (failure: unknown) => {
        isLoading.current = false;
        setMoreError(failure instanceof AskError ? failure : undefined);
      },
    );
  };
  return { list: kept?.list, error: error ?? moreError, isWaiting: kept?.key !== key, again, more };
}

function withParams(path: string, query: URLSearchParams, params: Readonly<Record<string, string>>): string {
  const search = new URLSearchParams(query);
  for (const [name, value] of Object.entries(params)) search.set(name, value);
  return `${path}?${search}`;
}
