/** Named tokens for the admin API as a store keeps them: too little to sign in with. */

import { randomBytes } from "node:crypto";

export interface NamedToken {
  readonly name: string;
  /** {@link hashOfToken} of the token. */
  readonly hash: string;
  readonly readOnly: boolean;
  /** The only report suite that it sees; absent if it sees all. */
  readonly reportSuite?: string;
  /** The only channel that it sees; absent if it sees all. */
  readonly channel?: string;
  readonly createdAtMs: number;
  /** The hour of its last use; absent before the first. */
  readonly usedAtMs?: number;
}

/** How many a store may have. */
export const TOKENS_MAX = 100;
/** The form of a name, which log lines and paths contain unescaped. */
const TOKEN_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;

/** The outcome of adding a token. */
export type TokenAddition = "added" | "taken" | "full";

const RANDOM_BYTES = 32;
/** Identifies a token to secret scanners. */
const PREFIX = "playhead_";

/** Makes a token that can't be guessed. */
export function newToken(): string {
  return PREFIX + randomBytes(RANDOM_BYTES).toString("base64url");
}

/** SHA-256 as hex digits. A slow hash is unnecessary, since a token can't be guessed. */
export function hashOfToken(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("hex");
}

/** The name of the admin token in logs and answers, which no other token may have. */
export const ADMIN_NAME = "admin";

/** A request for a token. */
export type TokenRequest = Pick<NamedToken, "name" | "readOnly" | "reportSuite" | "channel">;

/** The longest value that a filter may have. */
const REALM_CHARS_MAX = 1024;

/** Finds what is wrong with a request: each member with the rule that it breaks. */
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
