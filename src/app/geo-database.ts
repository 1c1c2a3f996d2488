/** The database of countries: read from the operator's file, checked, and read again when it changes. */

import { readFileSync, statSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { MIB } from "../base/units.ts";
import type { Config } from "../config.ts";
import { whyUnreadable } from "../data-dir/unusable.ts";
import { type Countries, openCountries } from "../http/viewer/countries.ts";
import { type WatchedFile, watchFile } from "./watched-file.ts";

interface GeoDatabase extends Pick<WatchedFile, "look">, Disposable {
  /** The file's content in force; undefined if the settings name none. */
  readonly countries: () => Countries | undefined;
}

/** Eight times the largest files, which are those of cities. */
const BYTES_MAX = 512 * MIB;
const NONE: GeoDatabase = { countries: () => undefined, look() {}, [Symbol.dispose]() {} };

/** Opens the file that the settings name. @throws AppError `file-unusable` */
export function openGeoDatabase({ geoDatabase: file }: Config["viewer"], log: Log): GeoDatabase {
  if (file === undefined) return NONE;
  let version = versionOf(file);
  let countries = read(file);
  const watched = watchFile({
    what: "database of countries",
    file,
    log,
    reread() {
      const next = versionOf(file);
      if (next === version) return false;
      countries = read(file);
      version = next;
      return true;
    },
  });
  watched.start();
  return { countries: () => countries, look: watched.look, [Symbol.dispose]: () => watched[Symbol.dispose]() };
}

/** Changes when the file does, which is too large to read at each look. */
function versionOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    if (size > BYTES_MAX) throw unusable(file, `it is larger than ${BYTES_MAX / MIB} MiB`);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    throw error instanceof AppError ? error : unusable(file, whyUnreadable(file, error), error);
  }
}

function read(file: string): Countries {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unusable(file, whyUnreadable(file, error), error);
  }
  try {
    return openCountries(bytes);
  } catch (error) {
    throw unusable(file, `${(error as Error).message}; name a file of countries in MaxMind's format`, error);
  }
}

function unusable(file: string, why: string, cause?: unknown): AppError {
  return new AppError("file-unusable", `Cannot use "${file}" (PLAYHEAD_GEO_DATABASE): ${why}`, { cause });
}
