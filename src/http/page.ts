/** Headers of every page for people: nothing in it comes from elsewhere, nobody is told where it was read. */

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

/** Headers of a page and of what belongs to it. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/**
 * Sends whoever asks for a page with a slash behind its name to the page: its parts stand beside it, and would be
 * looked for in it.
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
