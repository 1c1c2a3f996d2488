/** A text that browsers load and keep: compressed for whoever accepts it, and not sent again while it is the same. */

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
    // Made once: it may take its time.
    zipped: Bun.gzipSync(Buffer.from(text), { library: "libdeflate", level: 12 }),
    etag: `"${digest.slice(0, ETAG_CHARS)}"`,
  };
}

/** Answers with a text, or with 304 to whoever has it. */
export function answerAsset(request: Request, asset: Asset, headers: Readonly<Record<string, string>>): Response {
  const all = { ...headers, "X-Content-Type-Options": "nosniff", ETag: asset.etag, Vary: "Accept-Encoding" };
  if (request.headers.get("If-None-Match") === asset.etag) return new Response(null, { status: 304, headers: all });
  if (!/\bgzip\b/.test(request.headers.get("Accept-Encoding") ?? "")) return new Response(asset.text, { headers: all });
  return new Response(asset.zipped, { headers: { ...all, "Content-Encoding": "gzip" } });
}
