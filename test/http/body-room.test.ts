/** Bodies that find no room beside those under way. */

import { expect, test } from "bun:test";
import { Bodies } from "../../src/http/read/body.ts";

const LIMIT = { bytesMax: 40_000, arrayBytesMax: 100_000 };
const SERVER = { timeout: () => {}, requestIP: () => null };

function request(body: Uint8Array | ReadableStream, announced: number, scheme = "http"): Request {
  const headers = { "Content-Length": String(announced) };
  return new Request(`${scheme}://playhead.invalid/`, { method: "POST", headers, body });
}

function whole(bytes: number, first: string): Request {
  return request(new TextEncoder().encode(first.padEnd(bytes)), bytes);
}

test("an array without room is refused by what it announces, before a byte of it came", async () => {
  const bodies = new Bodies({ bodiesBytesMax: 200_000, bodySecondsMax: 30, arrayBytesMax: 100_000 });
  const read = (body: Request) => bodies.read(body, SERVER, LIMIT);
  // Arrays may have three quarters of it.
  const first = await read(whole(100_000, "["));
  const second = await read(whole(20_000, "{"));
  const silent = new ReadableStream({ start: () => {} });
  await expect((async () => read(request(silent, 90_000)))()).rejects.toMatchObject({ code: "overloaded" });
  expect((await read(whole(40_000, "{"))).byteLength).toBe(40_000);
  bodies.release(first);
  bodies.release(second);
  expect((await read(whole(90_000, "["))).byteLength).toBe(90_000);
});

test.each([
  ["http", true],
  ["https", false],
])("without room for its next piece, the rest of a body over %s is cut off: %p", async (scheme, isCut) => {
  const bodies = new Bodies({ bodiesBytesMax: 200_000, bodySecondsMax: 30, arrayBytesMax: 100_000 });
  await bodies.read(whole(100_000, "["), SERVER, LIMIT);
  const pieces = ["[", " ", "]"].map((each) => new TextEncoder().encode(each.padEnd(30_000)));
  let wasCut = false;
  const pull = (into: ReadableStreamDefaultController) => {
    const piece = pieces.shift();
    if (piece) into.enqueue(piece);
    else into.close();
  };
  const cancel = () => {
    wasCut = true;
  };
  const body = request(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }), 90_000, scheme);
  await expect(bodies.read(body, SERVER, LIMIT)).rejects.toMatchObject({ code: "overloaded" });
  expect(wasCut).toBe(isCut);
});
