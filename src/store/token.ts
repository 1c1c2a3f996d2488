/** A named token for the admin API, as a store keeps it: without what it takes to sign in. */

export interface NamedToken {
  readonly name: string;
  /** SHA-256 of the token, as hex digits. */
  readonly hash: string;
  readonly readOnly: boolean;
  /** The only report suite that it sees; absent where it sees all. */
  readonly reportSuite?: string;
  /** The only channel that it sees; absent where it sees all. */
  readonly channel?: string;
  readonly createdAtMs: number;
  /** Rounded down, since it is written seldom; absent until it was used. */
  readonly usedAtMs?: number;
}

/** How many a store has at most. */
export const TOKENS_MAX = 100;

/** What became of a token that was to be added. */
export type TokenAddition = "added" | "taken" | "full";
