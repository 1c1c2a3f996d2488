/** The files of a database: those beside the named one, and whether they are still the open ones. */

import { statSync } from "node:fs";
import { AppError } from "../../base/errors.ts";

/** Files that SQLite keeps beside a database. */
export function pathsBeside(path: string) {
  return { log: `${path}-wal`, index: `${path}-shm` };
}

interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/**
 * Notices when the files of an open database are removed, renamed or replaced.
 *
 * SQLite goes on writing to its open files, and commits succeed into files that no later start will find.
 */
export class FileWatch {
  readonly #path: string;
  readonly #database: FileIdentity;
  /** The log and its index, each absent until SQLite makes it. Without the index no lock keeps others away. */
  readonly #beside: Map<string, FileIdentity | undefined>;

  /** @param path of a database that has just been opened */
  constructor(path: string) {
    this.#path = path;
    this.#database = identityOf(path) ?? { dev: 0, ino: 0 };
    const { log, index } = pathsBeside(path);
    this.#beside = new Map([log, index].map((each) => [each, identityOf(each)]));
  }

  /** @throws AppError `store-failed` */
  check(): void {
    this.#compare(this.#path, this.#database);
    for (const [path, opened] of this.#beside) {
      if (opened) this.#compare(path, opened);
      else this.#beside.set(path, identityOf(path));
    }
  }

  #compare(path: string, opened: FileIdentity): void {
    const found = identityOf(path);
    if (found && found.ino === opened.ino && found.dev === opened.dev) return;
    const what = found ? "replaced" : "removed or renamed";
    throw new AppError(
      "store-failed",
      `Cannot use the database "${this.#path}": "${path}" was ${what} while the server had it open; ` +
        "put it back and start the server again",
    );
  }
}

function identityOf(path: string): FileIdentity | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A directory on the path has become something else.
    return undefined;
  }
}
