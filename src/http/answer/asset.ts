/** A text that browsers load and keep: compressed for clients that accept it, and sent again only when it changes. */

import { takes } from "./preference.ts";

export interface Asset {
  readonly text: string;
  readonly zipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

const ETAG_CHARS = 22;

export function createAsset(text: string): Asset {
  const digest = new Bun.CryptoHasher("sha256").update(text).digest("base64url");
  return {
    text,
    // Compressed only once, so the best level is affordable.
    zipped: Bun.gzipSync(Buffer.from(text), { library: "libdeflate", level: 12 }),
    etag: `"${digest.slice(0, ETAG_CHARS)}"`,
  };
}

/** Answers with the text, or with 304 to a client that has it. */
export function answerAsset(request: Request, asset: Asset, headers: Readonly<Record<string, string>>): Response {
  const all = { ...headers, "X-Content-Type-Options": "nosniff", ETag: asset.etag, Vary: "Accept-Encoding" };
  if (request.headers.get("If-None-Match") === asset.etag) return new Response(null, { status: 304, headers: all });
  if (!takes(request.headers.get("Accept-Encoding"), "gzip")) return new Response(asset.text, { headers: all });
  return new Response(asset.zipped, { headers: { ...all, "Content-Encoding": "gzip" } });
}
