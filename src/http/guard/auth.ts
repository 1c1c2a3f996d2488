/**
 * Admits requests with the admin token or a named one, or with the cookie of a browser that signed in with one.
 *
 * The admin token is compared in constant time, a named one by its hash. A missing token, a wrong one and an invalid
 * cookie are refused alike. After too many wrong tokens an address waits before the next is compared, even a right one:
 * guessing must not pay off.
 */

import { timingSafeEqual } from "node:crypto";
import type { BunRequest } from "bun";
import { AppError } from "../../base/errors.ts";
import { hashOfToken } from "../../store/token.ts";
import type { AddressOf, ProxyTest } from "../read/client-address.ts";
import type { Handler } from "../resource.ts";
import type { ServerSide } from "../server-side.ts";
import type { AdminCookie } from "./admin-cookie.ts";
import { ADMIN, type Caller, checkRight, type Right } from "./caller.ts";
import type { FailureLimit } from "./failure-limit.ts";
import type { Tokens } from "./tokens.ts";

/** Carries the token where a proxy uses `Authorization`, as with Basic authentication in front. */
export const TOKEN_HEADER = "Playhead-Token";
const NEEDS_TOKEN = `This path needs a token: Authorization: Bearer TOKEN, or ${TOKEN_HEADER}: TOKEN`;
const BEARER = /^Bearer +(\S+) *$/i;
const ORIGIN = /^https?:\/\/([^/]+)$/;

/** A handler that is told whose request it answers. */
export type AdminHandler<Path extends string = string> = (
  request: BunRequest<Path>,
  headers: Readonly<Record<string, string>>,
  server: ServerSide,
  caller: Caller,
) => Response | Promise<Response>;

/** A handler behind the token, with the right that it takes. */
export interface Guarded<Path extends string = string> extends Handler<Path> {
  readonly right: Right;
}

type Guard = <Path extends string>(right: Right, handler: AdminHandler<Path>) => Guarded<Path>;

interface GuardOptions {
  readonly token: string;
  readonly tokens: Tokens;
  readonly cookie: AdminCookie;
  readonly failures: FailureLimit;
  readonly addressOf: AddressOf;
  readonly isFromProxy: ProxyTest;
}

/** Makes a guard that lets a handler answer only requests with `Authorization: Bearer TOKEN`, or with the cookie. */
export function createGuard(options: GuardOptions): Guard {
  const { tokens, cookie, failures, addressOf, isFromProxy } = options;
  const expected = hashOfToken(options.token);

  async function withToken(given: string, request: Request, server: ServerSide): Promise<Caller | undefined> {
    const client = addressOf(request, server);
    failures.check(client);
    const hash = hashOfToken(given);
    const caller = timingSafeEqual(Buffer.from(hash), Buffer.from(expected)) ? ADMIN : await tokens.find(hash);
    if (!caller) failures.note(client);
    return caller;
  }

  async function withCookie(request: Request, server: ServerSide): Promise<Caller | undefined> {
    if (!isOfThisOrigin(request, () => isFromProxy(request, server))) return undefined;
    const signIn = cookie.find(request.headers.get("Cookie") ?? "");
    if (!signIn) return undefined;
    return signIn.tokenHash === undefined ? ADMIN : tokens.find(signIn.tokenHash);
  }

  /** The cookie goes first, so that wrong tokens from its address don't lock out a signed-in browser. */
  async function callerOf(request: Request, server: ServerSide): Promise<Caller | undefined> {
    const { headers } = request;
    const own = headers.get(TOKEN_HEADER)?.trim();
    if (own) return withToken(own, request, server);
    const signedIn = await withCookie(request, server);
    if (signedIn) return signedIn;
    const bearer = BEARER.exec(headers.get("Authorization") ?? "")?.[1];
    return bearer === undefined ? undefined : withToken(bearer, request, server);
  }

  return <Path extends string>(right: Right, handler: AdminHandler<Path>) => {
    const guarded: Handler<Path> = async (request, headers, server) => {
      const caller = await callerOf(request, server);
      if (!caller) throw new AppError("unauthorized", NEEDS_TOKEN);
      checkRight(caller, right);
      return handler(request, headers, server, caller);
    };
    return Object.assign(guarded, { right });
  };
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
