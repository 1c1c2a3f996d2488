/** Signing in to the dashboard, and out: the admin token is given for a cookie once, in a header as everywhere. */

import type { AdminCookie } from "../admin-cookie.ts";
import type { Handler } from "../resource.ts";

export interface SignInHandlers {
  /** `POST /admin/api/sign-in`, behind the token; with a cookie it is renewed. */
  readonly signIn: Handler;
  /** `POST /admin/api/sign-out` */
  readonly signOut: Handler;
}

export function signInHandlers(cookie: AdminCookie): SignInHandlers {
  return {
    signIn: (request, headers) => answer(headers, cookie.issue(cookiesOf(request), isByTls(request))),
    signOut: (request, headers) => answer(headers, cookie.revoke(cookiesOf(request), isByTls(request))),
  };
}

function cookiesOf({ headers }: Request): string {
  return headers.get("Cookie") ?? "";
}

function answer(headers: Readonly<Record<string, string>>, setCookie: string): Response {
  return new Response(null, { status: 204, headers: { ...headers, "Set-Cookie": setCookie } });
}

/** By what the proxy in front says: whoever makes it up harms only a cookie of their own. */
function isByTls({ headers }: Request): boolean {
  return /^https\b/i.test(headers.get("X-Forwarded-Proto") ?? "");
}
