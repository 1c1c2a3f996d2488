/** The admin token: the operator's, or one that the first start generates and keeps in the data directory. */

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { OWNER_FILE_MODE } from "../base/modes.ts";
import { ADMIN_TOKEN_CHARS_MIN } from "../config.ts";
import { unusable } from "./unusable.ts";

export interface AdminToken {
  readonly value: string;
  /** Where the operator finds it. */
  readonly source:
    | { readonly kind: "environment" }
    | { readonly kind: "file"; readonly path: string; readonly isNew: boolean };
}

const RANDOM_BYTES = 32;

/**
 * Finds the token, or generates one.
 *
 * @param given the operator's own, at least 32 characters long
 * @throws AppError `invalid-config` when the file has been damaged
 */
export function findAdminToken(dataDir: string, given: string | undefined): AdminToken {
  if (given !== undefined) return { value: given, source: { kind: "environment" } };
  const path = join(dataDir, "admin-token");
  const made = randomBytes(RANDOM_BYTES).toString("base64url");
  try {
    // "wx" fails when the file exists, so that two first starts can't each generate a token.
    writeFileSync(path, `${made}\n`, { mode: OWNER_FILE_MODE, flag: "wx" });
    return { value: made, source: { kind: "file", path, isNew: true } };
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw unusable(path, error);
  }
  const kept = readToken(path);
  if (kept.length < ADMIN_TOKEN_CHARS_MIN) {
    throw new AppError(
      "invalid-config",
      `Cannot use "${path}": it holds no token; delete it, and the next start generates one`,
    );
  }
  return { value: kept, source: { kind: "file", path, isNew: false } };
}

/** Reads the token in the directory, for a command that asks its server; undefined if there is none. */
export function keptAdminToken(dataDir: string): string | undefined {
  const path = join(dataDir, "admin-token");
  return existsSync(path) ? readToken(path) : undefined;
}

function readToken(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw unusable(path, error);
  }
}
