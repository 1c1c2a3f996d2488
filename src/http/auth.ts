/**
 * Lets requests read that bring the admin token, or the cookie of a browser that signed in with it.
 *
 * The token is compared in constant time. A missing token, a wrong one and an invalid cookie are refused alike. After
 * too many wrong tokens an address waits before the next is compared, even a right one: guessing must not pay off.
 */

import { timingSafeEqual } from "node:crypto";
import { AppError } from "../base/errors.ts";
import type { AdminCookie } from "./admin-cookie.ts";
import type { AddressOf, ProxyTest } from "./client-address.ts";
import type { FailureLimit } from "./failure-limit.ts";
import type { Handler, ServerSide } from "./resource.ts";

/** Takes the token where `Authorization` is a proxy's, as with Basic authentication in front. */
export const TOKEN_HEADER = "Playhead-Token";
const BEARER = /^Bearer +(\S+) *$/i;
const ORIGIN = /^https?:\/\/([^/]+)$/;

export type Guard = <Path extends string>(handler: Handler<Path>) => Handler<Path>;

export interface GuardOptions {
  readonly token: string;
  readonly cookie: AdminCookie;
  readonly failures: FailureLimit;
  readonly addressOf: AddressOf;
  readonly isFromProxy: ProxyTest;
}

/** Makes a guard that lets a handler answer only requests with `Authorization: Bearer TOKEN`, or with the cookie. */
export function createGuard(options: GuardOptions): Guard {
  const { cookie, failures, addressOf, isFromProxy } = options;
  const expected = digestOf(options.token);

  function hasToken(request: Request, server: ServerSide): boolean {
    const given = tokenIn(request);
    if (given === undefined) return false;
    const client = addressOf(request, server);
    failures.check(client);
    // Hashes have one length: timingSafeEqual throws on two.
    if (timingSafeEqual(digestOf(given), expected)) return true;
    failures.note(client);
    return false;
  }

  return (handler) => (request, headers, server) => {
    // The cookie comes first: it can't be guessed, so a guesser of tokens doesn't lock out a signed-in browser.
    const isSignedIn =
      isOfThisOrigin(request, () => isFromProxy(request, server)) &&
      cookie.accepts(request.headers.get("Cookie") ?? "");
    if (!isSignedIn && !hasToken(request, server)) {
      throw new AppError("unauthorized", "This path needs the admin token: Authorization: Bearer TOKEN");
    }
    return handler(request, headers, server);
  };
}

function tokenIn({ headers }: Request): string | undefined {
  const token = headers.get(TOKEN_HEADER)?.trim();
  return token || BEARER.exec(headers.get("Authorization") ?? "")?.[1];
}

/**
 * Tells whether a browser sends this from the server's own page: other pages of the host, on any port, send the cookie
 * too. Over plain HTTP browsers name the origin only of requests that may change something.
 */
function isOfThisOrigin(request: Request, isFromProxy: () => boolean): boolean {
  const { headers } = request;
  const site = headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin" || (site === "none" && isSafe(request));
  const origin = headers.get("Origin");
  if (origin === null) return isSafe(request);
  const host = ORIGIN.exec(origin)?.[1];
  if (host === undefined) return false;
  return host === headers.get("Host") || (host === headers.get("X-Forwarded-Host") && isFromProxy());
}

function isSafe({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

function digestOf(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}
