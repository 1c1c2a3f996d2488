/** What a store keeps about openings, so that a repeated start opens no second session. */

/**
 * How a repeated start is recognised: by a key that its client names, by its own body, by the body of downloaded
 * content, or by the id of a Media Edge start.
 */
export const OPENING_RULES = ["key", "body", "array", "edge"] as const;
export type OpeningRule = (typeof OPENING_RULES)[number];

/** Recognises a repeated start by hashes, which reveal nothing about the start. */
export interface OpeningKey {
  readonly rule: OpeningRule;
  readonly key: string;
  /** The hash of path and body, if the key doesn't cover them. */
  readonly request?: string;
}

/** The opening that first used a key. */
export interface KnownOpening extends Pick<OpeningKey, "request"> {
  readonly sid: string;
  /** Milliseconds since the epoch by the server's clock. */
  readonly atMs: number;
}

/** An opening by a rule, for the intake to restore after a restart. */
export interface RecentOpening extends Pick<OpeningKey, "key"> {
  /** The store's number of the session. */
  readonly session: number;
  readonly atMs: number;
}

/** The latest openings by a rule. */
export interface RecentOpeningsQuery {
  readonly rule: OpeningRule;
  readonly sinceMs: number;
  readonly limit: number;
}

/** Openings by a rule from outside `fromMs` to `toMs`. */
export interface OldOpeningsQuery {
  readonly rule: OpeningRule;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}
