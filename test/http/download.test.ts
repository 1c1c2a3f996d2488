/** A download by itself, whether its client leaves or stays to the end. */

import { describe, expect, test } from "bun:test";
import { streamOf } from "../../src/base/stream.ts";
import { nextTurn } from "../../src/base/turn.ts";
import { downloadOf } from "../../src/http/answer/download.ts";

interface Scene {
  readonly request: Request;
  readonly leave: () => void;
  /** What happened: each chunk made, and the end. */
  readonly happened: string[];
  download(chunks: number): Promise<Response>;
}

function scene(): Scene {
  const leaving = new AbortController();
  const request = new Request("http://playhead.invalid", { signal: leaving.signal });
  const happened: string[] = [];
  async function* make(chunks: number, signal: AbortSignal) {
    try {
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        await nextTurn();
        signal.throwIfAborted();
        happened.push(`chunk ${chunk}`);
        yield new Uint8Array([chunk]);
      }
    } finally {
      happened.push("tidied up");
    }
  }
  return {
    request,
    leave: () => leaving.abort(),
    happened,
    download: (chunks) =>
      downloadOf(request, {
        open: (signal) => streamOf(make(chunks, signal)),
        headers: {},
        cutAfter: () => {},
        stalledSecondsMax: 1,
        onEnd: (error) => void happened.push(error === undefined ? "ended" : `ended: ${error}`),
      }),
  };
}

describe("a download", () => {
  test("to its end makes every chunk once, and ends once", async () => {
    const { download, happened } = scene();
    expect([...(await (await download(3)).bytes())]).toEqual([0, 1, 2]);
    expect(happened).toEqual(["chunk 0", "chunk 1", "chunk 2", "tidied up", "ended"]);
  });

  test("makes no chunk ahead of its reader but the first", async () => {
    const { download, happened } = scene();
    const reader = (await download(9)).body?.getReader();
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(happened).toEqual(["chunk 0"]);
    await reader?.read();
    await reader?.read();
    expect(happened).toEqual(["chunk 0", "chunk 1"]);
  });

  test("whose client leaves half-way is cleaned up", async () => {
    const { download, happened } = scene();
    const reader = (await download(9)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(happened).toEqual(["chunk 0", "ended", "tidied up"]);
  });

  test("whose client leaves before its first byte is no error", async () => {
    const { download, happened, leave } = scene();
    const answer = download(9);
    leave();
    expect((await answer).status).toBe(499);
    expect(happened).toEqual(["tidied up", "ended"]);
  });
});
