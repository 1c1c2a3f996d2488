/** What operators read: the list of sessions, and one session with its events. */

import { cursorAt, readCursor, unknownCursor } from "../../answers/cursor.ts";
import {
  eventsView,
  foldedView,
  SESSION_FORMATS,
  type SessionSummary,
  summaryView,
  xdmView,
} from "../../answers/session.ts";
import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import { readInstant, readZone } from "../../base/instant.ts";
import { nextTurn } from "../../base/turn.ts";
import type { Intake } from "../../ingest/intake.ts";
import { createViewerOf, type ViewerOf } from "../../protocol/viewer.ts";
import { type Filter, parseFilters } from "../../reports/query/filter.ts";
import type { Reports } from "../../reports/reports.ts";
import { unionOf } from "../../sessions/watched.ts";
import type { Skip } from "../../store/damage.ts";
import { type FoldedNumbers, type FoldSession, NO_NUMBERS } from "../../store/fold-stored.ts";
import type { SessionKey } from "../../store/queries.ts";
import type { EventsPart, PartQuery, ReadPart } from "../../store/session-events.ts";
import { listedBy } from "../../store/session-key.ts";
import type { Store, StoredSession } from "../../store/store.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { type Caller, checkNames, filtersFor, sees } from "../guard/caller.ts";
import { readChoice, readInteger, readQuery, readQueryLists, readText } from "../read/query.ts";
import { json, type OneSession } from "../resource.ts";

export interface SessionsContext {
  readonly store: Store;
  readonly intake: Intake;
  readonly reports: Reports;
  readonly viewerKeys: readonly string[];
  readonly folds: {
    /** A session's numbers; those of a long one may be some time old. */
    readonly look: FoldSession;
    readonly part: ReadPart;
  };
}

interface SessionsHandlers {
  /** `GET /admin/api/sessions` */
  readonly list: AdminHandler;
  /** `GET /admin/api/sessions/{sid}` */
  readonly get: AdminHandler<OneSession>;
  /** `GET /admin/api/sessions/{sid}/events` */
  readonly events: AdminHandler<OneSession>;
  /** `GET /admin/api/viewers/{hash}` */
  readonly ofViewer: AdminHandler<"/:hash">;
}

export const STATUSES = ["open", "closed"] as const;
export const LIMIT = { min: 1, max: 500 };
export const LIMIT_DEFAULT = 50;
/** Characters of a search. */
export const SEARCH = { min: 1, max: 200 };
/** Events of a page, and of the session's own answer. */
export const EVENTS = { min: 1, max: 1000 };
const QUERY = ["search", "status", "from", "to", "timezone", "filter", "limit", "cursor"] as const;
const VIEWER_QUERY = ["status", "from", "to", "timezone", "limit", "cursor"] as const;
/** The cursors of sessions by start, and of events by number. */
const SESSION_CURSOR = /^(-?\d{1,16})\.(\d{1,15})$/;
const EVENT_CURSOR = /^(\d{1,15})$/;

/** The form of a viewer's hash. */
const VIEWER = /^[0-9a-f]{32}$/;
const NO_HASH =
  "Cannot list a viewer's sessions: the hash is no 32 digits of 0-9 and a-f; take it from `viewer` of a session";

export function sessionsHandlers(context: SessionsContext): SessionsHandlers {
  const { store, viewerKeys } = context;
  let viewerOf: Promise<ViewerOf> | undefined;
  const viewers = () => {
    viewerOf ??= store.hashKey().then((key) => createViewerOf(key, viewerKeys));
    return viewerOf;
  };
  const looks = looksAt(context);
  const { numbersOf, partOf, findSession } = looks;
  const listed = listsOf(context, looks, viewers);
  return {
    list: async (request, headers, _server, caller) => {
      const query = readListQuery(request, QUERY);
      checkNames(caller, [], query.filters);
      return json(await listed({ query, caller, signal: request.signal }), headers);
    },
    ofViewer: async (request, headers, _server, caller) => {
      const viewer = request.params.hash;
      const query = { ...readListQuery(request, VIEWER_QUERY), viewer };
      if (!VIEWER.test(viewer)) throw new AppError("invalid-query", NO_HASH);
      return json(await listed({ query, caller, signal: request.signal }), headers);
    },
    get: async (request, headers, _server, caller) => {
      const { sid } = request.params;
      const { format = "json" } = readQuery(request, ["format"]);
      readChoice("format", format, SESSION_FORMATS);
      const session = await findSession(sid, caller);
      const folded = await numbersOf(session, request.signal);
      if (format === "xdm") return json(caller.shown(xdmView(session, folded)), headers);
      const part = await partOf(session, { limit: EVENTS.max }, request.signal);
      return json(caller.shown(foldedView(session, folded, part, (await viewers())(session.start))), headers);
    },
    events: async (request, headers, _server, caller) => {
      const { cursor, limit } = readQuery(request, ["limit", "cursor"]);
      const after = cursor === undefined ? undefined : readCursor(cursor, EVENT_CURSOR)[0];
      const most = limit === undefined ? EVENTS.max : readInteger("limit", limit, EVENTS);
      const session = await findSession(request.params.sid, caller);
      const part = await partOf(session, { after, limit: most }, request.signal);
      return json(caller.shown(eventsView(session, part)), headers);
    },
  };
}

/** Pages of sessions with their numbers. */
function listsOf(
  context: SessionsContext,
  { readableNumbersOf }: ReturnType<typeof looksAt>,
  viewers: () => Promise<ViewerOf>,
) {
  const { store, intake, reports } = context;

  async function page(asked: ListRequest, skip: Skip): Promise<Page> {
    const { query, caller, signal } = asked;
    const { range } = query;
    const named = await sessionNamedBy(store, query);
    if (named) return { sessions: sees(caller, named) && isWithin(named, query) ? [named] : [], more: false };
    const filters = filtersFor(caller, query.filters);
    if (filters.length > 0 || query.search !== undefined || query.viewer !== undefined) {
      // One more than the limit shows whether there is a next page.
      const job = findJob({ ...query, filters, hidesVisitors: caller.readOnly }, range.limit + 1);
      const found = await reports.ask<"sessions">(job, signal);
      const sessions = await store.getSessions(found.slice(0, range.limit), skip);
      return { sessions, more: found.at(-1) !== sessions.at(-1)?.id };
    }
    const read = (part: ListQuery["range"]) =>
      query.status === "open"
        ? intake.listOpen(part, skip)
        : store.listSessions({ ...part, closedOnly: query.status === "closed" }, skip);
    const sessions = await read(range);
    // A page of heavy sessions ends before its limit.
    const after = sessions.at(-1);
    return { sessions, more: after !== undefined && (await read({ ...range, after, limit: 1 })).length > 0 };
  }

  /** Takes stored numbers if there are any, and folds the rest one by one, since this is the main thread. */
  async function summariesOf(sessions: readonly StoredSession[], skip: Skip, signal: AbortSignal) {
    const summaries: SessionSummary[] = [];
    const viewer = await viewers();
    for (const session of sessions) {
      const folded = session.result ?? (await readableNumbersOf(session, skip, signal));
      if (!folded) continue;
      summaries.push(summaryView(session, folded, viewer(session.start)));
      if (!session.result) await nextTurn();
    }
    return summaries;
  }

  async function listed(asked: ListRequest): Promise<object> {
    const damaged = new Set<number | undefined>();
    const skip: Skip = (id) => damaged.add(id);
    const found = await page(asked, skip);
    const sessions = await summariesOf(found.sessions, skip, asked.signal);
    const shown = { sessions, nextCursor: cursorBehind(found), ...(damaged.size > 0 && { damaged: damaged.size }) };
    return asked.caller.shown(shown);
  }

  return listed;
}

/**
 * Finds the session of a complete sid in the search. Asks the store, since the facts of open sessions are some seconds
 * old, and an operator who has just started a session looks for it now. Filters need the facts, and hashed visitor ids
 * look like sids: those are searched for like any other text.
 */
async function sessionNamedBy(store: Store, { search = "", filters }: ListQuery): Promise<StoredSession | undefined> {
  const sid = search.toLowerCase();
  return isSid(sid) && filters.length === 0 ? store.findSession(sid) : undefined;
}

/** One session's numbers and events. */
function looksAt({ store, intake, folds }: Pick<SessionsContext, "store" | "intake" | "folds">) {
  /** A session that could not be folded isn't folded again just for display, since that may end the process. */
  async function numbersOf(session: StoredSession, signal: AbortSignal): Promise<FoldedNumbers> {
    if (!session.foldFailure) {
      const folded = await folds.look(session, intake.seqOf(session), signal);
      // Live numbers adopt the fold of an open session.
      if (folded.last && !session.close) intake.noteFold(session, folded.last.seq, folded.last);
      return folded;
    }
    const kept = (await store.readFolds([session.id])).get(session.id);
    return kept ? { ...kept, watched: unionOf(kept.spans) } : NO_NUMBERS;
  }

  /** The numbers of a list's session; a damaged one is skipped. */
  async function readableNumbersOf(
    session: StoredSession,
    skip: Skip,
    signal: AbortSignal,
  ): Promise<Pick<FoldedNumbers, "metrics" | "last"> | undefined> {
    try {
      return await numbersOf(session, signal);
    } catch (error) {
      if (!(error instanceof AppError && error.code === "session-damaged")) throw error;
      skip(session.id);
      return undefined;
    }
  }

  async function partOf(session: StoredSession, query: PartQuery, signal: AbortSignal): Promise<EventsPart> {
    if (session.trimmed || session.foldFailure) return NO_EVENTS;
    const part = await folds.part(session, intake.seqOf(session), query, signal);
    if (!part) throw unknownCursor();
    return part;
  }

  async function findSession(sid: string, caller: Caller): Promise<StoredSession> {
    const session = isSid(sid) ? await store.findSession(sid) : undefined;
    if (!session || !sees(caller, session)) throw new AppError("session-not-found", "No session has this id");
    return session;
  }

  return { numbersOf, readableNumbersOf, partOf, findSession };
}

const NO_EVENTS: EventsPart = { entries: [], total: 0, isLast: true };

interface Page {
  readonly sessions: readonly StoredSession[];
  readonly more: boolean;
}

interface ListQuery {
  readonly search: string | undefined;
  /** The hash of the only viewer. */
  readonly viewer?: string;
  readonly status: (typeof STATUSES)[number] | undefined;
  readonly filters: readonly Filter[];
  readonly range: {
    readonly fromMs?: number;
    readonly toMs?: number;
    readonly after?: SessionKey;
    readonly limit: number;
  };
}

function readListQuery(request: Request, known: readonly (typeof QUERY)[number][]): ListQuery {
  const { filter, ...lists } = readQueryLists(request, known);
  const last = (name: Exclude<(typeof QUERY)[number], "filter">) => lists[name]?.at(-1);
  const search = last("search");
  const status = last("status");
  const from = last("from");
  const to = last("to");
  const zone = readZone("timezone", last("timezone"));
  const limit = last("limit");
  const cursor = last("cursor");
  return {
    search: search === undefined ? undefined : readText("search", search, SEARCH),
    filters: parseFilters(filter),
    status: status === undefined ? undefined : readChoice("status", status, STATUSES),
    range: {
      ...(from !== undefined && { fromMs: readInstant("from", from, zone) }),
      ...(to !== undefined && { toMs: readInstant("to", to, zone) }),
      ...(cursor !== undefined && { after: keyOf(cursor) }),
      limit: limit === undefined ? LIMIT_DEFAULT : readInteger("limit", limit, LIMIT),
    },
  };
}

/** Whether a query's list has the session, on this page or a later one. */
function isWithin(session: StoredSession, { status, range }: ListQuery): boolean {
  const hasStatus = !status || (status === "open") === (session.close === undefined);
  return hasStatus && listedBy(range)(session);
}

/** The question for a list, and its caller. */
interface ListRequest {
  readonly query: ListQuery;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** Filters and searches read the report facts, in another thread: a scan would stop ingestion. */
function findJob(query: ListQuery & { readonly hidesVisitors: boolean }, limit: number) {
  const { search, viewer, hidesVisitors, status, filters, range } = query;
  const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, after } = range;
  return {
    kind: "sessions",
    query: {
      filters,
      range: { fromMs, toMs },
      zone: "UTC",
      includeOpen: status !== "closed",
      limit,
      hidesVisitors,
      ...(search !== undefined && { search }),
      ...(viewer !== undefined && { viewer }),
      ...(status && { status }),
      ...(after && { after }),
    },
  } as const;
}

/** Where the next page begins; null on the last. */
function cursorBehind({ sessions, more }: Page): string | null {
  const last = sessions.at(-1);
  return more && last ? cursorAt(last.startedAtMs, last.id) : null;
}

function keyOf(cursor: string): SessionKey {
  const [startedAtMs, id] = readCursor(cursor, SESSION_CURSOR) as [number, number];
  return { startedAtMs, id };
}
