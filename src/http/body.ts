/** Reading a body within its bound: nothing over it is ever held. */

import { AppError } from "../base/errors.ts";
import { MIB } from "../base/units.ts";

/** Twice the largest body that is taken by default. */
const DISCARDED_BYTES_MAX = 8 * MIB;

/**
 * Reads a whole body.
 *
 * @param bytesMax the largest that is taken
 * @throws AppError `body-too-large`, before the rest is read
 * @throws AppError `invalid-body` when the client went away before its end
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const declared = request.headers.get("Content-Length");
  if (declared !== null && Number(declared) > bytesMax) throw tooLarge(bytesMax);
  try {
    return declared === null ? await readChunks(request, bytesMax) : await request.bytes();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("invalid-body", "The body ended before its end", { cause: error });
  }
}

/** The error of a body over its bound. */
export function tooLarge(bytesMax: number): AppError {
  return new AppError("body-too-large", `The body is larger than ${bytesMax} bytes`);
}

/**
 * Reads what a refused request still sends, and throws it away, where it says that it is not vast.
 *
 * A connection that is closed on its sender is reset, and the answer may be lost with it: a proxy then says 502, which
 * no browser on another origin may read.
 */
export async function discardBody(request: Request): Promise<void> {
  if (request.body === null || request.bodyUsed) return;
  const declared = request.headers.get("Content-Length");
  if (declared === null || Number(declared) > DISCARDED_BYTES_MAX) return;
  try {
    for await (const _ of request.body);
  } catch {
    // The sender has gone: nobody waits for the answer.
  }
}

/** A chunked body says its size only by ending. */
async function readChunks(request: Request, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size);
}
