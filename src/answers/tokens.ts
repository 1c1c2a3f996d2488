/** Tokens as the admin API shows them: what each may do, never the token itself. */

import { isLimited, type Realm } from "../protocol/realm.ts";
import type { NamedToken as StoredToken } from "../store/token.ts";

/** `GET /admin/api/token` */
export type OwnToken = ReturnType<typeof ownTokenView>;
export type TokenView = ReturnType<typeof tokenView>;

/** `GET /admin/api/tokens` */
export interface TokenList {
  readonly tokens: readonly TokenView[];
}

interface OwnRights {
  readonly name: string;
  readonly readOnly: boolean;
  readonly realm: Realm;
}

export function ownTokenView({ name, readOnly, realm }: OwnRights) {
  const { reportSuite = null, channel = null } = realm;
  return { name, readOnly, reportSuite, channel, isAdmin: !readOnly && !isLimited(realm) };
}

export function tokenView({ name, readOnly, reportSuite, channel, createdAtMs, usedAtMs }: StoredToken) {
  return {
    name,
    readOnly,
    reportSuite: reportSuite ?? null,
    channel: channel ?? null,
    createdAt: createdAtMs,
    usedAt: usedAtMs ?? null,
  };
}
