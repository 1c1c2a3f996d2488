/** Connections that can forget the pages that they keep in memory. */

import { Database } from "bun:sqlite";

/** Those of this thread. */
const OPEN = new Set<Connection>();

export class Connection extends Database {
  constructor(path: string, options: { readonly readwrite?: boolean } = {}) {
    super(path, { ...options, strict: true });
    OPEN.add(this);
  }

  override close(throwOnError?: boolean): void {
    super.close(throwOnError);
    OPEN.delete(this);
  }
}

/**
 * Makes the connections of this thread read their pages again.
 *
 * SQLite looks at a page's cells only when it reads it from the file. It keeps a page that it has found damaged, and
 * takes it for sound from then on: the rows of that page would be missing without an error.
 */
export function forgetPages(): void {
  for (const connection of OPEN) connection.run("PRAGMA shrink_memory");
}
