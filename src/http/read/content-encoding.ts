/** Decodes a body by its `Content-Encoding`, without holding more of it than its bound. */

import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";
import { AppError } from "../../base/errors.ts";
import { isWholeZstd } from "../../base/zstd.ts";
import { BodyError } from "../answer/errors.ts";

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

/** RFC 9659's limit for the web, 8 MiB. The format itself allows 2 GiB, which a frame of a few bytes can ask for. */
const ZSTD_WINDOW_LOG_MAX = 23;
const ZLIB_METHOD = 8;
const ZLIB_CHECK = 31;

const DECODERS = {
  gzip: () => createGunzip(),
  deflate: (bytes: Uint8Array) => (hasZlibHeader(bytes) ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } }),
} as const;

export type Encoding = keyof typeof DECODERS;

const TAKEN = Object.keys(DECODERS).join(", ");
/** RFC 9110 names it as another name for gzip. */
const ALIASES: Readonly<Record<string, Encoding>> = { "x-gzip": "gzip" };
const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,40}$/;

/**
 * The encoding of a request's body; undefined without one.
 *
 * @throws AppError `encoding-unsupported`
 */
export function encodingOf(request: Request): Encoding | undefined {
  const header = request.headers.get("Content-Encoding");
  if (header === null) return undefined;
  const names = header.split(",").map((name) => name.trim().toLowerCase());
  const [name, ...others] = names.filter((each) => each !== "" && each !== "identity");
  if (name === undefined) return undefined;
  if (others.length > 0) {
    throw new AppError("encoding-unsupported", `Cannot take a body encoded several times: encode it once (${TAKEN})`);
  }
  if (Object.hasOwn(DECODERS, name)) return name as Encoding;
  const alias = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  if (alias) return alias;
  const what = TOKEN.test(name) ? `encoded as ${name}` : "of this Content-Encoding";
  throw new AppError("encoding-unsupported", `Cannot take a body ${what}: encode it as one of ${TAKEN}, or not at all`);
}

/**
 * Decodes a whole body, off the main thread. One at a time saves memory: Brotli fills up to 16 MiB before it gives the
 * first byte.
 *
 * @param add takes the next piece; its error ends the decoding, and is rethrown
 * @throws BodyError when the bytes aren't in that encoding, end too soon or go on after its end
 */
export async function decode(bytes: Uint8Array, encoding: Encoding, add: (piece: Uint8Array) => void): Promise<void> {
  // Bun's decoder takes a zstd frame that was cut off for a whole one.
  if (encoding === "zstd" && !isWholeZstd(bytes)) throw undecodable(`it is no whole and valid ${encoding}`);
  const decoder: Decoder = DECODERS[encoding](bytes);
  decoder.end(bytes);
  try {
    for await (const piece of decoder) add(piece);
  } catch (error) {
    throw error instanceof AppError ? error : undecodable(whyNot(error, encoding));
  }
  if (decoder.bytesWritten < bytes.byteLength) throw undecodable(`bytes follow behind the end of its ${encoding}`);
}

function whyNot(error: unknown, encoding: Encoding): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_BUF_ERROR") return `its ${encoding} is cut off`;
  if (code === "ZSTD_error_frameParameter_windowTooLarge") return "its zstd window is larger than 8 MiB";
  return `it is no valid ${encoding}`;
}

function undecodable(why: string): BodyError {
  const message = `Cannot decode the body as its Content-Encoding says: ${why}`;
  return new BodyError([{ pointer: "", code: "encoding", message }]);
}

/** RFC 9110 means zlib's form; some clients send bare deflate, whose first byte never looks like this. */
function hasZlibHeader([method = 0, flags = 0]: Uint8Array): boolean {
  return (method & 0x0f) === ZLIB_METHOD && ((method << 8) | flags) % ZLIB_CHECK === 0;
}
