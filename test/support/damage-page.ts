/** What a failing disk does to a database: a page of nonsense. */

import { Database } from "bun:sqlite";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../../src/base/assert.ts";

/** Writes nonsense over a leaf page of a table or an index; no server may be running. */
export function damagePage(dataDir: string, name: string, which: "first" | "middle" | "last" = "middle"): void {
  const path = join(dataDir, "playhead.db");
  const client = new Database(path);
  client.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const pages = client
    .query<{ pageno: number }, [string]>("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path")
    .all(name);
  const at = { first: 0, middle: Math.floor(pages.length / 2), last: -1 }[which];
  const page = pages.at(at)?.pageno ?? 0;
  const bytes = client.query<{ page_size: number }, []>("PRAGMA page_size").get()?.page_size ?? 0;
  client.close();
  assert(page > 1 && pages.length > 1, `${name} has more pages than one`);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(bytes, 0x5a), 0, bytes, (page - 1) * bytes);
  closeSync(file);
}
