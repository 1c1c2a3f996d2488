/** The admin token: the operator's, or one that the first server that listens generates and keeps in its directory. */

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { OWNER_FILE_MODE } from "../base/permissions.ts";
import { ADMIN_TOKEN_CHARS_MIN } from "../config.ts";
import { openNewFile } from "./new-file.ts";
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
 * Finds the token, or generates one, which {@link keepAdminToken} writes.
 *
 * @param given the operator's own, at least 32 characters long
 * @throws AppError `invalid-config` when the file has been damaged
 */
export function findAdminToken(dataDir: string, given: string | undefined): AdminToken {
  if (given !== undefined) return { value: given, source: { kind: "environment" } };
  const path = pathOf(dataDir);
  if (!existsSync(path)) return { value: generated(), source: { kind: "file", path, isNew: true } };
  const kept = readToken(path);
  if (kept.length < ADMIN_TOKEN_CHARS_MIN) {
    throw new AppError(
      "invalid-config",
      `Cannot use "${path}": it holds no token; delete it, and the next start generates one`,
    );
  }
  return { value: kept, source: { kind: "file", path, isNew: false } };
}

/** Writes a token that is new: once the server listens, since one that a failed start kept would never be shown. */
export function keepAdminToken({ value, source }: AdminToken): void {
  if (source.kind !== "file" || !source.isNew) return;
  try {
    // "wx" fails when the file exists: a command may have made one meanwhile.
    writeFileSync(source.path, `${value}\n`, { mode: OWNER_FILE_MODE, flag: "wx" });
  } catch (error) {
    throw unusable(source.path, error);
  }
}

/** Replaces the token in the directory by a new one. @returns the new one */
export function renewAdminToken(dataDir: string): string {
  const value = generated();
  using file = openNewFile(pathOf(dataDir), { replace: true });
  file.write(new TextEncoder().encode(`${value}\n`));
  file.finish();
  return value;
}

/** Reads the token in the directory, for a command; undefined if there is none. */
export function keptAdminToken(dataDir: string): string | undefined {
  const path = pathOf(dataDir);
  return existsSync(path) ? readToken(path) : undefined;
}

function pathOf(dataDir: string): string {
  return join(dataDir, "admin-token");
}

function generated(): string {
  return randomBytes(RANDOM_BYTES).toString("base64url");
}

function readToken(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw unusable(path, error);
  }
}
