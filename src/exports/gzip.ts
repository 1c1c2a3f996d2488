/** Compresses a stream on the fly, and reads a few chunks ahead. */

import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Chunks } from "../base/stream.ts";

/** Compresses chunks; ends their source when the reader goes away. */
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
