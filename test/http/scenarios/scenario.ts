/** The form of a scenario, and the bodies that several of them use. */

import { eventAt, REQUIRED_PARAMS, sessionStart } from "../../support/requests.ts";

export interface Scenario {
  readonly name: string;
  readonly method?: string;
  /** `{sid}` stands for an open session. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly status: number;
  /** Headers that the answer has, to the letter. */
  readonly has?: Record<string, string>;
  /** Parts of the answer's body. */
  readonly contains?: readonly string[];
  readonly lacks?: readonly string[];
  /** Sessions that the request adds. */
  readonly rows?: number;
}

export const SESSIONS = "/api/v1/sessions";
export const EVENTS = "/api/v1/sessions/{sid}/events";
export const DOWNLOADED_PATH = "/api/v1/downloaded";
export const UNKNOWN = `/api/v1/sessions/${"0".repeat(64)}/events`;

export const withoutParam = (key: string) => {
  const { [key as keyof typeof REQUIRED_PARAMS]: _, ...params } = REQUIRED_PARAMS;
  return { ...sessionStart(), params };
};
export const downloaded = (...rest: object[]) => [sessionStart({ "media.downloaded": true }), ...rest];
export const ping = eventAt(1, "ping");
export const text = (length: number) => "x".repeat(length);
export const nested = (levels: number) => `${'{"a":'.repeat(levels)}0${"}".repeat(levels)}`;
