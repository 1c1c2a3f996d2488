/** What a request may see and do, by the token that it came with. */

import { AppError } from "../../base/errors.ts";
import type { Parameters } from "../../protocol/event.ts";
import { isPersonal } from "../../protocol/personal.ts";
import { conditionsOf, isInRealm, isLimited, type Realm } from "../../protocol/realm.ts";
import type { Filter } from "../../reports/query/filter.ts";
import { ADMIN_NAME } from "../../store/token.ts";

export interface Caller {
  /** The token's name, as the log has it. */
  readonly name: string;
  /** The SHA-256 of a named token; absent for the admin token. */
  readonly hash?: string;
  readonly readOnly: boolean;
  /** The sessions that it sees. */
  readonly realm: Realm;
  /** Makes an answer what this caller may read: for a read-only token, hashes replace personal ids. */
  readonly shown: <T>(answer: T) => T;
  /** Calls `end` once the token is revoked, unless the returned function was called before. */
  readonly onRevoked: (end: () => void) => () => void;
}

export const ADMIN: Caller = {
  name: ADMIN_NAME,
  readOnly: false,
  realm: {},
  shown: (answer) => answer,
  onRevoked: () => () => {},
};

/**
 * What a route requires of a token. Each route behind the token names one right, and there are no others.
 *
 * - `view`: any token may; the handler keeps to what the caller sees.
 * - `operate`: a token that is not limited may, since the answer is about the whole server.
 * - `admin`: a token that is neither read-only nor limited may.
 */
export type Right = "view" | "operate" | "admin";

/** @throws AppError `forbidden` */
export function checkRight({ readOnly, realm }: Caller, right: Right): void {
  if (right === "admin" && readOnly) throw forbidden("is read-only");
  if (right !== "view" && isLimited(realm)) throw forbidden("is limited to a report suite or channel");
}

export function forbidden(why: string): AppError {
  return new AppError("forbidden", `Cannot do this with the token: it ${why}; use the admin token`);
}

/** Whether the caller may know of a session with this start. */
export function sees({ realm }: Caller, { start }: { readonly start: { readonly params?: Parameters } }): boolean {
  return isInRealm(realm, start.params);
}

/** The filters of a question by this caller: its own, and those that keep it to its sessions. */
export function filtersFor({ realm }: Caller, filters: readonly Filter[]): Filter[] {
  const own = conditionsOf(realm).map(([name, value]): Filter => ({ name, operator: "==", values: [value] }));
  return [...filters, ...own];
}

/** @throws AppError `invalid-query` for a dimension or filter that identifies people to a read-only token */
export function checkNames({ readOnly }: Caller, dimensions: readonly string[], filters: readonly Filter[]): void {
  if (!readOnly) return;
  const refuse = (at: string, name: string) => {
    const why = "it identifies people, and the token is read-only; leave it out, or use the admin token";
    return new AppError("invalid-query", `Cannot use ${name} as ${at}: ${why}`);
  };
  for (const [at, name] of dimensions.entries()) if (isPersonal(name)) throw refuse(`dimension[${at}]`, name);
  for (const [at, { name }] of filters.entries()) if (isPersonal(name)) throw refuse(`filter[${at}]`, name);
}
