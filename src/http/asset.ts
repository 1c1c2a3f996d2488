/** A text that browsers load and keep: compressed for whoever accepts it, and not sent again while it is the same. */

export interface Asset {
  readonly type: string;
  readonly text: string;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/**
 * Ten minutes: pages of others load these by an address without a version, so a new release of the server must reach them
 * soon. A page view asks at most once in that time, and an answer of 304 has no body.
 */
const CACHE = "public, max-age=600";

export function createAsset(type: string, text: string): Asset {
  const etag = `"${new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32)}"`;
  return { type, text, etag, gzip: Bun.gzipSync(text, { level: 12, library: "libdeflate" }) };
}

/** Answers with an asset, or with 304 to whoever has it. */
export function answerAsset(request: Request, headers: Readonly<Record<string, string>>, asset: Asset): Response {
  const about = { ...headers, ETag: asset.etag, "Cache-Control": CACHE, Vary: "Accept-Encoding" };
  const has = (request.headers.get("If-None-Match") ?? "").includes(asset.etag);
  if (has) return new Response(null, { status: 304, headers: about });
  const sent = { ...about, "Content-Type": asset.type, "X-Content-Type-Options": "nosniff" };
  const zips = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(request.headers.get("Accept-Encoding") ?? "");
  return zips
    ? new Response(asset.gzip, { headers: { ...sent, "Content-Encoding": "gzip" } })
    : new Response(asset.text, { headers: sent });
}
