/** Signs in to the dashboard, and out: exchanges a token, in the usual header, for a cookie. */

import type { AdminCookie } from "../guard/admin-cookie.ts";
import type { AdminHandler } from "../guard/auth.ts";

interface SignInHandlers {
  /** `POST /admin/api/sign-in`, behind the token; with a cookie it is renewed. */
  readonly signIn: AdminHandler;
  /** `POST /admin/api/sign-out` */
  readonly signOut: AdminHandler;
}

export function signInHandlers(cookie: AdminCookie): SignInHandlers {
  return {
    signIn: (request, headers, _server, { hash }) =>
      answer(headers, cookie.issue(cookiesOf(request), isByTls(request), hash)),
    signOut: (request, headers) => answer(headers, cookie.revoke(cookiesOf(request), isByTls(request))),
  };
}

function cookiesOf({ headers }: Request): string {
  return headers.get("Cookie") ?? "";
}

function answer(headers: Readonly<Record<string, string>>, setCookie: string): Response {
  return new Response(null, { status: 204, headers: { ...headers, "Set-Cookie": setCookie } });
}

/** Believes any proxy in front: a client that forges the header harms only its own cookie. */
function isByTls({ url, headers }: Request): boolean {
  return url.startsWith("https:") || /^https\b/i.test(headers.get("X-Forwarded-Proto") ?? "");
}
