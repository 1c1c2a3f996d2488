/** Streams a file and removes its name first. */

import { open, rm } from "node:fs/promises";
import type { Chunks } from "../base/stream.ts";
import { KIB } from "../base/units.ts";

const CHUNK_BYTES = 64 * KIB;

/**
 * Reads a file to its end after removing its name, so that the system frees it however the reading ends.
 *
 * @param signal ends the reading
 */
export async function* takeFile(path: string, signal?: AbortSignal): Chunks {
  const file = await open(path, "r");
  try {
    await rm(path);
    while (true) {
      signal?.throwIfAborted();
      // Each chunk has a buffer of its own: its reader may still be sending the previous one.
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
