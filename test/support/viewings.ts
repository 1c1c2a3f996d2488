/** Plays sessions written as text on a real server, and asks about them: for tests with numbers worked out by hand. */

import type { PlayerEvent } from "../../src/protocol/event.ts";
import { eventsOf } from "../sessions/table.ts";
import { ADMIN_TOKEN, sessionStart, sidOf, type TestServer } from "./server.ts";

/** A session: what it starts with, and its moments as `test/sessions/table.ts` reads them. */
export interface Viewing {
  /** When it starts by the server's clock; now if absent. */
  readonly at?: string;
  readonly params?: object;
  readonly customMetadata?: object;
  /** More members of events: `["1 play", { qoeData: … }]`. */
  readonly moments: readonly (string | readonly [moment: string, members: object])[];
  /** Whether it arrives as downloaded content, whole. */
  readonly downloaded?: boolean;
}

/** Plays sessions one after another, and folds the closed ones. @returns their sids */
export async function playAll(server: TestServer, viewings: readonly Viewing[]): Promise<string[]> {
  const sids: string[] = [];
  for (const viewing of viewings) sids.push(await playOne(server, viewing));
  await server.app.work();
  return sids;
}

async function playOne(server: TestServer, { at, params, customMetadata, moments, downloaded }: Viewing) {
  if (at !== undefined) {
    const ms = Date.parse(at) - server.clock.nowMs();
    // A node's calendar dates nothing: all nodes share a clock.
    if (server.store === undefined) server.clock.jump(ms);
    else server.clock.pass(ms);
  }
  const start = sessionStart(params, { ...(customMetadata && { customMetadata }) });
  const events = moments.flatMap((moment) => {
    const [text, members] = typeof moment === "string" ? [moment, {}] : moment;
    return eventsOf(text).map((event) => ({ ...wireOf(event), ...members }));
  });
  if (downloaded) return sidOf(await server.post("/api/v1/downloaded", [start, ...events]));
  const sid = await server.open(start);
  for (const event of events) {
    const status = await server.add(sid, event);
    if (status !== 204) throw new Error(`Expected 204, got ${status} for ${JSON.stringify(event)}`);
  }
  return sid;
}

function wireOf({ type, tsMs, playheadMs, params }: PlayerEvent): object {
  return { eventType: type, playerTime: { playhead: playheadMs / 1000, ts: tsMs }, ...(params && { params }) };
}

/** A question's parameters as in a URL; a list is a repeated parameter. */
export type Members = Readonly<Record<string, string | number | readonly string[]>>;

export const REPORTS = "/admin/api/reports";
export const LIST = "/admin/api/sessions";

/** Asks by a URL, as a browser would. */
export function get(server: TestServer, path: string, members: Members, headers = {}): Promise<Response> {
  const search = new URLSearchParams(
    Object.entries(members).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, String(each)]),
    ),
  );
  return fetch(`${server.url}${path}?${search}`, { headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } });
}

/** Asks with a body of any content. */
export function post(server: TestServer, path: string, body: unknown, headers = {}): Promise<Response> {
  return server.post(path, body, { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers });
}

/** The answer to a question that must succeed. */
// biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
export async function ask(server: TestServer, path: string, members: Members): Promise<any> {
  const response = await get(server, path, members);
  const body = await response.json();
  if (response.status !== 200) throw new Error(`Expected 200, got ${response.status}: ${JSON.stringify(body)}`);
  return body;
}

/** Collects the sids of a list of sessions, page by page. */
export async function pagesOf(server: TestServer, members: Members): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: { sessions: { sid: string }[]; nextCursor: string | null } = await ask(server, LIST, {
      ...members,
      ...(cursor !== null && { cursor }),
    });
    pages.push(page.sessions.map(({ sid }) => sid));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

/** A report's rows as lines of cells, in the order of its columns. */
export async function rowsOf(server: TestServer, members: Members): Promise<unknown[][]> {
  const { columns, rows } = await ask(server, REPORTS, members);
  return rows.map((row: Record<string, unknown>) => columns.map(({ name }: { name: string }) => row[name]));
}

/** The status and the message of a refusal. */
export async function refusalOf(answer: Promise<Response>): Promise<[status: number, message: string]> {
  const response = await answer;
  const { message } = (await response.json()) as { message: string };
  return [response.status, message];
}
