/** Named tokens: a handful of rows beside the sessions. */

import { type NamedToken, TOKENS_MAX, type TokenAddition } from "../token.ts";
import type { PostgresClient } from "./client.ts";
import { isTaken } from "./errors.ts";
import type { Big } from "./rows.ts";

interface TokenRow {
  readonly name: string;
  readonly hash: string;
  readonly read_only: boolean;
  readonly report_suite: string | null;
  readonly channel: string | null;
  readonly created_at: Big;
  readonly used_at: Big | null;
}

export async function listTokens(client: PostgresClient): Promise<NamedToken[]> {
  return (await client.run<TokenRow>('SELECT * FROM tokens ORDER BY name COLLATE "C"')).map(tokenOf);
}

export async function findToken(client: PostgresClient, hash: string): Promise<NamedToken | undefined> {
  const [row] = await client.run<TokenRow>("SELECT * FROM tokens WHERE hash = $1", [hash]);
  return row && tokenOf(row);
}

export async function addToken(client: PostgresClient, token: NamedToken): Promise<TokenAddition> {
  const { name, hash, readOnly, reportSuite = null, channel = null, createdAtMs } = token;
  const [taken] = await client.run("SELECT 1 FROM tokens WHERE name = $1", [name]);
  if (taken) return "taken";
  try {
    const added = await client.run(
      `INSERT INTO tokens (name, hash, read_only, report_suite, channel, created_at)
       SELECT $1, $2, $3::boolean, $4, $5, $6::bigint
       WHERE (SELECT count(*) FROM tokens) < ${TOKENS_MAX} RETURNING name`,
      [name, hash, readOnly, reportSuite, channel, createdAtMs],
    );
    return added.length > 0 ? "added" : "full";
  } catch (error) {
    // Another node was quicker.
    if (isTaken(error)) return "taken";
    throw error;
  }
}

/** @returns whether there was one */
export async function removeToken(client: PostgresClient, name: string): Promise<boolean> {
  return (await client.run("DELETE FROM tokens WHERE name = $1 RETURNING name", [name])).length > 0;
}

export async function noteTokenUse(client: PostgresClient, hash: string, usedAtMs: number): Promise<void> {
  await client.run("UPDATE tokens SET used_at = $2::bigint WHERE hash = $1", [hash, usedAtMs]);
}

function tokenOf({ name, hash, read_only, report_suite, channel, created_at, used_at }: TokenRow): NamedToken {
  return {
    name,
    hash,
    readOnly: read_only,
    ...(report_suite !== null && { reportSuite: report_suite }),
    ...(channel !== null && { channel }),
    createdAtMs: Number(created_at),
    ...(used_at !== null && { usedAtMs: Number(used_at) }),
  };
}
