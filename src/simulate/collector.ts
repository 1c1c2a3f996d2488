/** A server as players know it: it answers a start with a Location, and an event without a body. */

import { AppError } from "../base/errors.ts";
import { isSid } from "../base/ids.ts";
import { SECOND_MS } from "../base/units.ts";
import { userAgentOf } from "./agents.ts";
import type { WireEvent } from "./wire.ts";

export interface CollectorAnswer {
  /** 0 without an answer. */
  readonly status: number;
  /** The session that a start has opened. */
  readonly sid?: string;
}

/** As long as real players wait. */
const ANSWER_MS_MAX = 5 * SECOND_MS;
const SESSIONS_PATH = "/api/v1/sessions";
/** Where players find the sid in a Location, by counting slashes. */
const SID_PART = 4;

export class Collector {
  readonly #url: string;

  /** @param url without a slash at its end; a path in it is kept */
  constructor(url: string) {
    this.#url = url;
  }

  /** Makes sure that a server answers. @throws AppError `server-unreachable` */
  async reach(): Promise<void> {
    const { status } = await request(`${this.#url}/api/v1/schemas`, { method: "GET" });
    if (status === 200) return;
    const found = status === 0 ? "nothing answers there" : `GET /api/v1/schemas was answered ${status} there`;
    throw new AppError("server-unreachable", `Cannot play against ${this.#url}: ${found}. Is the server running?`);
  }

  async start(body: WireEvent): Promise<CollectorAnswer> {
    const { status, location } = await this.#post(SESSIONS_PATH, body);
    const sid = location.split("/")[SID_PART] ?? "";
    return isSid(sid) ? { status, sid } : { status };
  }

  async event(sid: string, body: WireEvent): Promise<CollectorAnswer> {
    const { status } = await this.#post(`${SESSIONS_PATH}/${sid}/events`, body);
    return { status };
  }

  #post(path: string, body: WireEvent) {
    const agent = userAgentOf(body);
    const headers = { "Content-Type": "application/json", ...(agent !== undefined && { "User-Agent": agent }) };
    return request(this.#url + path, { method: "POST", headers, body: JSON.stringify(body) });
  }
}

async function request(
  url: string,
  init: RequestInit,
): Promise<{ readonly status: number; readonly location: string }> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    // An unread body would keep the connection from the next request.
    await response.arrayBuffer();
    return { status: response.status, location: response.headers.get("Location") ?? "" };
  } catch {
    return { status: 0, location: "" };
  }
}
