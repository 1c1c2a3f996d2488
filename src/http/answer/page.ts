/** Headers of every page for people: it loads from this server alone, and links from it carry no referrer. */

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of a page and of its parts. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/**
 * Redirects a page's name with a slash to the name without: relative links to the page's parts would fail under it.
 *
 * @returns undefined where there is no slash
 */
export function fromSlash(
  request: Request,
  headers: Readonly<Record<string, string>>,
  name: string,
): Response | undefined {
  if (!new RegExp(`^[^?]*/${name}/(\\?|$)`).test(request.url)) return undefined;
  return new Response(null, { status: 308, headers: { ...headers, Location: `../${name}` } });
}
