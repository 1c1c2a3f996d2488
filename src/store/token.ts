/** Named tokens for the admin API, as a store keeps them: without what it takes to sign in. */

import { randomBytes } from "node:crypto";

export interface NamedToken {
  readonly name: string;
  /** {@link hashOfToken} of the token. */
  readonly hash: string;
  readonly readOnly: boolean;
  /** The only report suite that it sees; absent where it sees all. */
  readonly reportSuite?: string;
  /** The only channel that it sees; absent where it sees all. */
  readonly channel?: string;
  readonly createdAtMs: number;
  /** The hour of its last use; absent until it was used. */
  readonly usedAtMs?: number;
}

/** How many a store has at most. */
export const TOKENS_MAX = 100;
/** What a name is: a log line and a path have it as it is. */
const TOKEN_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;

/** What became of a token that was to be added. */
export type TokenAddition = "added" | "taken" | "full";

const RANDOM_BYTES = 32;
/** Tells scanners for secrets what they have found. */
const PREFIX = "playhead_";

/** Makes a token that can't be guessed. */
export function newToken(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString("base64url");
}

/** SHA-256 as hex digits: one way is enough, since nothing that can be guessed is a token. */
export function hashOfToken(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("hex");
}

/** The name of the admin token in logs and answers, which no other may have. */
export const ADMIN_NAME = "admin";

/** What a token is asked to be. */
export type TokenRequest = Pick<NamedToken, "name" | "readOnly" | "reportSuite" | "channel">;

/** As long as a filter's value may be. */
const REALM_CHARS_MAX = 1024;

/** What is wrong with a request: each member with the rule that it breaks. */
export function tokenProblems({ name, reportSuite = " ", channel = " " }: TokenRequest): [string, string][] {
  const isText = (text: string) => text.length >= 1 && text.length <= REALM_CHARS_MAX && !text.includes("\0");
  const text = `must have 1 to ${REALM_CHARS_MAX} characters, and no NUL`;
  return [
    ...(TOKEN_NAME.test(name) ? [] : [["name", "must be 1 to 64 of a-z A-Z 0-9 . _ -, and begin with none of . _ -"]]),
    ...(name === ADMIN_NAME ? [["name", "must be another: admin is the admin token"]] : []),
    ...(isText(reportSuite) ? [] : [["reportSuite", text]]),
    ...(isText(channel) ? [] : [["channel", text]]),
  ] as [string, string][];
}

/** Why a token was not added. @returns the message; the code is `token-refused` */
export function whyNotAdded(addition: Exclude<TokenAddition, "added">, name: string): string {
  return addition === "taken"
    ? `Cannot create the token: "${name}" exists; revoke it first, or choose another name`
    : `Cannot create the token: there are ${TOKENS_MAX} already; revoke one that is not used`;
}
