/** What operators read: the list of sessions, and one session with its events. */

import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import { readInstant } from "../../base/instant.ts";
import { nextTurn } from "../../base/turn.ts";
import type { Intake } from "../../ingest/intake.ts";
import type { Filter } from "../../reports/query/filter.ts";
import { parseFilters } from "../../reports/query/parse.ts";
import type { Reports } from "../../reports/reports.ts";
import { type FoldedEvents, foldStored } from "../../store/fold-stored.ts";
import { listedBy } from "../../store/session-key.ts";
import type { SessionKey, Store, StoredSession } from "../../store/store.ts";
import { readChoice, readInteger, readQuery, readQueryLists, readText } from "../query.ts";
import { type Handler, json, type OneSession } from "../resource.ts";
import { foldedView, isCompleted, sessionView, xdmView } from "./session-view.ts";

export interface SessionsContext {
  readonly store: Store;
  readonly intake: Intake;
  readonly reports: Reports;
}

export interface SessionsHandlers {
  /** `GET /admin/api/sessions` */
  readonly list: Handler;
  /** `GET /admin/api/sessions/{sid}` */
  readonly get: Handler<OneSession>;
}

export const FORMATS = ["json", "xdm"] as const;
export const STATUSES = ["open", "closed"] as const;
export const LIMIT = { min: 1, max: 500 };
export const LIMIT_DEFAULT = 50;
/** Characters of a search. */
export const SEARCH = { min: 1, max: 200 };
const FOLDS_PER_TURN = 20;
const QUERY = ["search", "status", "from", "to", "filter", "limit", "cursor"] as const;
const CURSOR = /^(-?\d{1,16})\.(\d{1,15})$/;

export function sessionsHandlers({ store, intake, reports }: SessionsContext): SessionsHandlers {
  async function page(query: ListQuery, signal: AbortSignal): Promise<Page> {
    const { range } = query;
    const named = await sessionNamedBy(query);
    if (named) return { sessions: isWithin(named, query) ? [named] : [], more: false };
    if (query.filters.length > 0 || query.search !== undefined) {
      // One more than asked for tells whether there is a next page.
      const found = await reports.ask<"sessions">(findJob(query, range.limit + 1), signal);
      const sessions = await store.getSessions(found.slice(0, range.limit));
      return { sessions, more: found.at(-1) !== sessions.at(-1)?.id };
    }
    const read = (part: ListQuery["range"]) =>
      query.status === "open"
        ? intake.listOpen(part)
        : store.listSessions({ ...part, closedOnly: query.status === "closed" });
    const sessions = await read(range);
    // A page of heavy sessions ends before its limit.
    const after = sessions.at(-1);
    return { sessions, more: after !== undefined && (await read({ ...range, after, limit: 1 })).length > 0 };
  }

  /**
   * The session whose whole sid is searched for. The store is asked, since the facts of open sessions are some seconds
   * old: whoever has just started one looks for it now. Filters are of the facts alone, and hashed ids of visitors have
   * the form of a sid: those are searched for like any other text.
   */
  async function sessionNamedBy({ search = "", filters }: ListQuery): Promise<StoredSession | undefined> {
    const sid = search.toLowerCase();
    return isSid(sid) && filters.length === 0 ? store.findSession(sid) : undefined;
  }

  /** Folds a session, and lets the live numbers take what the fold says of an open one. */
  async function fold(session: StoredSession): Promise<FoldedEvents> {
    const seq = intake.seqOf(session);
    const folded = await foldStored(store, session, seq);
    const last = folded.timeline.at(-1);
    if (last && !session.close) intake.noteFold(session, seq, last);
    return folded;
  }

  /** Stored numbers where there are some; the rest are folded a few at a time, since this is the thread of requests. */
  async function summariesOf(sessions: readonly StoredSession[]) {
    const summaries: object[] = [];
    for (const [at, session] of sessions.entries()) {
      if (at % FOLDS_PER_TURN === FOLDS_PER_TURN - 1) await nextTurn();
      const folded = session.result ? { ...session.result, timeline: [] } : await fold(session);
      const completed = isCompleted(session, folded.timeline.at(-1));
      summaries.push({ ...sessionView(session), completed, metrics: folded.metrics });
    }
    return summaries;
  }

  return {
    list: async (request, headers) => {
      const query = readListQuery(request);
      const { sessions, more } = await page(query, request.signal);
      const last = sessions.at(-1);
      const nextCursor = more && last ? cursorOf(last) : null;
      return json({ sessions: await summariesOf(sessions), nextCursor }, headers);
    },
    get: async (request, headers) => {
      const { sid } = request.params;
      const { format = "json" } = readQuery(request, ["format"]);
      readChoice("format", format, FORMATS);
      const session = isSid(sid) ? await store.findSession(sid) : undefined;
      if (!session) throw new AppError("session-not-found", "No session has this id");
      const folded = await fold(session);
      return json(format === "xdm" ? xdmView(session, folded) : foldedView(session, folded), headers);
    },
  };
}

interface Page {
  readonly sessions: readonly StoredSession[];
  readonly more: boolean;
}

interface ListQuery {
  readonly search: string | undefined;
  readonly status: (typeof STATUSES)[number] | undefined;
  readonly filters: readonly Filter[];
  readonly range: {
    readonly fromMs?: number;
    readonly toMs?: number;
    readonly after?: SessionKey;
    readonly limit: number;
  };
}

function readListQuery(request: Request): ListQuery {
  const { filter, ...lists } = readQueryLists(request, QUERY);
  const last = (name: keyof typeof lists) => lists[name]?.at(-1);
  const search = last("search");
  const status = last("status");
  const from = last("from");
  const to = last("to");
  const limit = last("limit");
  const cursor = last("cursor");
  return {
    search: search === undefined ? undefined : readText("search", search, SEARCH),
    filters: parseFilters(filter),
    status: status === undefined ? undefined : readChoice("status", status, STATUSES),
    range: {
      ...(from !== undefined && { fromMs: readInstant("from", from) }),
      ...(to !== undefined && { toMs: readInstant("to", to) }),
      ...(cursor !== undefined && { after: keyOf(cursor) }),
      limit: limit === undefined ? LIMIT_DEFAULT : readInteger("limit", limit, LIMIT),
    },
  };
}

/** Whether the list of a query has the session, on this page or on one behind it. */
function isWithin(session: StoredSession, { status, range }: ListQuery): boolean {
  const hasStatus = !status || (status === "open") === (session.close === undefined);
  return hasStatus && listedBy(range)(session);
}

/** Filters and searches look among the facts of reports, in another thread: a scan would stop ingestion. */
function findJob({ search, status, filters, range }: ListQuery, limit: number) {
  const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, after } = range;
  return {
    kind: "sessions",
    query: {
      filters,
      range: { fromMs, toMs },
      zone: "UTC",
      includeOpen: status !== "closed",
      limit,
      ...(search !== undefined && { search }),
      ...(status && { status }),
      ...(after && { after }),
    },
  } as const;
}

function cursorOf({ startedAtMs, id }: SessionKey): string {
  return Buffer.from(`${startedAtMs}.${id}`).toString("base64url");
}

function keyOf(cursor: string): SessionKey {
  const [, startedAtMs, id] = CURSOR.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (startedAtMs === undefined || id === undefined) {
    throw new AppError("invalid-query", "cursor must be the nextCursor of an earlier page");
  }
  return { startedAtMs: Number(startedAtMs), id: Number(id) };
}
