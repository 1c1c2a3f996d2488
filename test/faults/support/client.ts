/** What a player and an operator ask of a server that is a process of its own. */

import { ADMIN_TOKEN, sessionStart, sidOf } from "../../support/requests.ts";

export const SESSIONS = "/api/v1/sessions";
const REPORTS = "/admin/api/reports";
/** As many as one report takes. */
const METRICS_AT_ONCE = 50;

export class Client {
  readonly url: string;

  constructor({ url }: { readonly url: string }) {
    this.url = url;
  }

  /** Posts a body: an object as JSON, text as it is. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    return fetch(this.url + path, { method: "POST", headers, body: text as string });
  }

  /** Asks with the admin token. */
  ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers };
    return fetch(this.url + path, { ...init, headers });
  }

  /** Gets a path with the admin token and reads its JSON. @throws Error when it isn't answered 200 */
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
  async admin(path: string): Promise<any> {
    const response = await this.ask(path);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`Expected 200 of ${path}, got ${response.status}: ${text}`);
    return JSON.parse(text);
  }

  /** Opens a session and returns its sid. */
  async open(start: object = sessionStart(), headers: Record<string, string> = {}): Promise<string> {
    const response = await this.post(SESSIONS, start, headers);
    if (response.status !== 201) throw new Error(`Expected 201, got ${response.status}: ${await response.text()}`);
    return sidOf(response);
  }

  /** Adds an event and returns the status. */
  async add(sid: string, event: object): Promise<number> {
    return (await this.post(eventsOf(sid), event)).status;
  }

  /** The totals of every metric that there is, in each of its aggregations. */
  async totals(filter: string, range: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> {
    const { metrics } = (await this.admin(`${REPORTS}/catalogue`)) as { metrics: Metric[] };
    const names = metrics.flatMap(({ id, aggregations }) => aggregations.map((each) => `${id}:${each}`));
    const totals: Record<string, unknown> = {};
    for (let at = 0; at < names.length; at += METRICS_AT_ONCE) {
      const some = names.slice(at, at + METRICS_AT_ONCE).join();
      Object.assign(totals, (await this.admin(reportPath({ metrics: some, filter, ...range }))).totals);
    }
    return totals;
  }
}

interface Metric {
  readonly id: string;
  readonly aggregations: readonly string[];
}

export function eventsOf(sid: string): string {
  return `${SESSIONS}/${sid}/events`;
}

export function reportPath(members: Readonly<Record<string, string>>): string {
  return `${REPORTS}?${new URLSearchParams(members)}`;
}
