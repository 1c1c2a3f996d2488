/** What a store keeps of openings, so that a start that is asked for again opens no second session. */

/**
 * How a start is known when it is asked for again: by a key that its client names, by the start's own body, by the
 * body of downloaded content, or by the id of a start of Media Edge.
 */
export const OPENING_RULES = ["key", "body", "array", "edge"] as const;
export type OpeningRule = (typeof OPENING_RULES)[number];

/** By what a start is known when it is asked for again: hashes, which say nothing of what they were made of. */
export interface OpeningKey {
  readonly rule: OpeningRule;
  readonly key: string;
  /** Of path and body, where the key says nothing of them. */
  readonly request?: string;
}

/** The opening that a key is known from. */
export interface KnownOpening extends Pick<OpeningKey, "request"> {
  readonly sid: string;
  /** Milliseconds since the epoch by the server's clock. */
  readonly atMs: number;
}

/** An opening by a rule, as the intake knows it after a restart. */
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

/** Openings by a rule that are not from `fromMs` to `toMs`. */
export interface OldOpeningsQuery {
  readonly rule: OpeningRule;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}
