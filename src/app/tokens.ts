/** What `playhead token` does to a data directory, beside a server that may be running on it. */

import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Config } from "../config.ts";
import { keptAdminToken, renewAdminToken } from "../data-dir/admin-token.ts";
import {
  hashOfToken,
  type NamedToken,
  newToken,
  type TokenRequest,
  tokenProblems,
  whyNotAdded,
} from "../store/token.ts";
import { withStoreBeside } from "./maintenance.ts";
import { existingDatabaseOf } from "./stores.ts";

export type { NamedToken, TokenRequest };

/** The admin token in the data directory. @throws AppError `no-database` where there is none */
export function showAdminToken(config: Config): string {
  refuseGiven(config, "show");
  const { dataDir } = config.storage;
  const token = keptAdminToken(dataDir);
  if (token !== undefined) return token;
  existingDatabaseOf(config.storage);
  throw new AppError("no-database", `Cannot show the admin token: "${dataDir}" has none; --new makes one`);
}

/**
 * Replaces the admin token. A running server keeps the old one until it ends.
 *
 * @returns the new one
 * @throws AppError `no-database` where no server has used the directory yet
 */
export function replaceAdminToken(config: Config): string {
  refuseGiven(config, "renew");
  existingDatabaseOf(config.storage);
  return renewAdminToken(config.storage.dataDir);
}

/** Adds a named token. @returns the token, which is never shown again @throws AppError `token-refused` */
export function createToken(config: Config, asked: TokenRequest): Promise<string> {
  const [problem] = tokenProblems(asked);
  if (problem) throw new AppError("invalid-config", `Cannot create the token: its ${problem.join(" ")}`);
  const token = newToken();
  return withStoreBeside(config.storage, async (store) => {
    const added = { ...asked, hash: hashOfToken(token), createdAtMs: systemClock.nowMs() };
    const addition = await store.addToken(added);
    if (addition !== "added") throw new AppError("token-refused", whyNotAdded(addition, asked.name));
    return token;
  });
}

export function listTokens(config: Config): Promise<NamedToken[]> {
  return withStoreBeside(config.storage, (store) => store.listTokens());
}

/** Removes a named token; a running server notices at once. @throws AppError `token-not-found` */
export function revokeToken(config: Config, name: string): Promise<void> {
  return withStoreBeside(config.storage, async (store) => {
    if (await store.removeToken(name)) return;
    throw new AppError("token-not-found", `Cannot revoke "${name}": there is no such token; list shows all`);
  });
}

function refuseGiven({ admin }: Config, action: string): void {
  if (admin.adminToken === undefined) return;
  const why = `Cannot ${action} the admin token: PLAYHEAD_ADMIN_TOKEN gives it, and not the data directory`;
  throw new AppError("invalid-config", why);
}
