/** Compressing a stream as it goes: what is read ahead is a few chunks. */

import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Chunks } from "./text.ts";

/** Compresses chunks; ends the work on them when whoever reads goes away. */
export async function* gzip(chunks: Chunks): Chunks {
  const source = Readable.from(chunks, { highWaterMark: 1 });
  const compressed = createGzip();
  source.on("error", (error) => compressed.destroy(error));
  source.pipe(compressed);
  try {
    for await (const chunk of compressed) yield chunk as Uint8Array;
  } finally {
    source.destroy();
    compressed.destroy();
  }
}
