/** Whether frames of zstd are whole: the decoder itself doesn't say. */

import { describe, expect, test } from "bun:test";
import { constants, zstdCompressSync } from "node:zlib";
import { isWholeZstd } from "../../src/base/zstd.ts";

const WORDS = Buffer.from("the playhead is the witness, ".repeat(20_000));
const NOISE = crypto.getRandomValues(new Uint8Array(60_000));
/** Skippable, with three bytes of its own. */
const SKIPPED = new Uint8Array([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const CHECKED = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const UNSIZED = { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } };

const WHOLE: Readonly<Record<string, Uint8Array>> = {
  "an empty text": zstdCompressSync(new Uint8Array(0)),
  "a short text": zstdCompressSync(Buffer.from("{}")),
  "many blocks": zstdCompressSync(WORDS),
  "noise, which stays as it is": zstdCompressSync(NOISE),
  "one byte, repeated": zstdCompressSync(new Uint8Array(300_000)),
  "a checksum at its end": zstdCompressSync(WORDS, CHECKED),
  "a size that isn't told": zstdCompressSync(WORDS, UNSIZED),
  "two frames": Buffer.concat([zstdCompressSync(WORDS), zstdCompressSync(NOISE)]),
  "a frame to skip": Buffer.concat([SKIPPED, zstdCompressSync(WORDS)]),
};

describe("a frame of zstd", () => {
  for (const [name, bytes] of Object.entries(WHOLE)) {
    test(`of ${name} is whole, and is not when it is cut off or goes on`, () => {
      expect(isWholeZstd(bytes)).toBe(true);
      for (let end = 0; end < bytes.length; end += Math.ceil(bytes.length / 500)) {
        // Between two frames it is whole.
        const isBetween = zstdFrames(bytes).includes(end);
        expect([end, isWholeZstd(bytes.subarray(0, end))]).toEqual([end, isBetween]);
      }
      expect(isWholeZstd(bytes.subarray(0, -1))).toBe(false);
      expect(isWholeZstd(Buffer.concat([bytes, Buffer.from("{}")]))).toBe(false);
      expect(isWholeZstd(Buffer.concat([bytes, Buffer.from("no frame at all")]))).toBe(false);
    });
  }

  test("is nothing else", () => {
    for (const text of ["", "{}", "a text that is longer than any head"]) {
      expect(isWholeZstd(Buffer.from(text))).toBe(false);
    }
  });
});

/** Where the parts of the two rows above end that have two. */
function zstdFrames(bytes: Uint8Array): number[] {
  if (bytes === WHOLE["two frames"]) return [zstdCompressSync(WORDS).length];
  return bytes === WHOLE["a frame to skip"] ? [SKIPPED.length] : [];
}
