/** What a failing disk does to a database: a page of nonsense, or of nonsense behind a header that is sound. */

import { Database } from "bun:sqlite";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../../src/base/assert.ts";

/** What is overwritten of a page: it begins with 8 bytes, with the number of cells and where they begin among them. */
const PARTS = {
  page: (page: Buffer) => [0, page.length],
  pointers: (page: Buffer) => [8, 8 + 2 * page.readUInt16BE(3)],
  cells: (page: Buffer) => [page.readUInt16BE(5), page.length],
} as const;

export interface Damage {
  readonly which?: "first" | "middle" | "last";
  readonly part?: keyof typeof PARTS;
  readonly byte?: number;
}

/** Writes nonsense over a leaf page of a table or an index; no server may be running. */
export function damagePage(dataDir: string, name: string, damage: Damage = {}): void {
  const { which = "middle", part = "page", byte = 0x5a } = damage;
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
  const content = Buffer.alloc(bytes);
  readSync(file, content, 0, bytes, (page - 1) * bytes);
  content.fill(byte, ...PARTS[part](content));
  writeSync(file, content, 0, bytes, (page - 1) * bytes);
  closeSync(file);
}
