/**
 * Who may read: whoever has the admin token, or a browser that was signed in with it.
 *
 * The token is compared in constant time. A missing token, a wrong one and a cookie that is no good are refused alike.
 */

import { timingSafeEqual } from "node:crypto";
import { AppError } from "../base/errors.ts";
import type { AdminCookie } from "./admin-cookie.ts";
import type { Handler } from "./resource.ts";

const BEARER = /^Bearer +(\S+) *$/i;
const ORIGIN = /^https?:\/\/([^/]+)$/;

export type Guard = (handler: Handler) => Handler;

/** Makes a guard that lets a handler answer only requests with `Authorization: Bearer TOKEN`, or with the cookie. */
export function createGuard(token: string, cookie: AdminCookie): Guard {
  const expected = digestOf(token);
  return (handler) => (request, headers, liftTimeout) => {
    const given = BEARER.exec(request.headers.get("Authorization") ?? "")?.[1] ?? "";
    // Hashes have one length: timingSafeEqual throws on two.
    const hasToken = timingSafeEqual(digestOf(given), expected);
    if (!hasToken && !(isOfThisOrigin(request) && cookie.accepts(request.headers.get("Cookie") ?? ""))) {
      throw new AppError("unauthorized", "This path needs the admin token: Authorization: Bearer TOKEN");
    }
    return handler(request, headers, liftTimeout);
  };
}

/**
 * Whether a browser sends this from the server's own page: a cookie goes along with what other pages of this host send,
 * whatever their port. Browsers say where a request is from, but over plain HTTP only with what may change something.
 */
function isOfThisOrigin(request: Request): boolean {
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin" || (site === "none" && isSafe(request));
  const origin = request.headers.get("Origin");
  if (origin === null) return isSafe(request);
  return ORIGIN.exec(origin)?.[1] === request.headers.get("Host");
}

function isSafe({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

function digestOf(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}
