/**
 * The cookie of a signed-in browser: which sign-in it is of, until when, and a proof that the server made it.
 *
 * It outlives a restart, and ends when the browser signs out, or everywhere when the token changes. The token itself
 * is not in it, and no script can read it.
 */

import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { DAY_MS, SECOND_MS } from "../../base/units.ts";

export interface AdminCookie {
  /**
   * Makes the `Set-Cookie` of a browser that signs in.
   *
   * @param header its `Cookie`: one that is good is renewed, and ends with the same sign-out
   * @param secure whether the browser came by TLS
   * @param tokenHash of the named token that it signs in with; absent for the admin token
   */
  issue(header: string, secure: boolean, tokenHash?: string): string;
  /** Makes the `Set-Cookie` of a browser that signs out, and refuses what it had from now on. */
  revoke(header: string, secure: boolean): string;
  /** The sign-in of a `Cookie` header that is good now; its token may still be revoked. */
  find(header: string): SignIn | undefined;
}

interface SignIn {
  readonly id: string;
  /** Names the token that it was made with; absent for the admin token. */
  readonly tokenHash?: string;
}

/** Sign-ins that have ended before their cookies did. */
export interface EndedSignIns {
  has(id: string): boolean;
  add(id: string, untilS: number): void;
}

const LIFE_MS = 30 * DAY_MS;
const VALUE = /^((\d{1,12})\.([0-9a-f]{32})(?:\.([0-9a-f]{64}))?)\.([0-9a-f]{64})$/;
const ID_BYTES = 16;
const NAME_CHARS = 12;

export function createAdminCookie(token: string, clock: Clock, ended: EndedSignIns): AdminCookie {
  const key = new Bun.CryptoHasher("sha256").update(`playhead admin cookie\0${token}`).digest();
  // Cookies are shared by all ports of a host: two servers on one machine must not sign each other's people out.
  const name = `playhead-${macOf("name").slice(0, NAME_CHARS)}`;

  function macOf(text: string): string {
    return new Bun.CryptoHasher("sha256", key).update(text).digest("hex");
  }

  // Without a Path a cookie is for the folder that gave it, /admin/api, even behind a prefix unknown to the server.
  function written(value: string, maxAgeS: number, secure: boolean): string {
    return `${name}=${value}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  }

  function signInOf(cookie: string): SignIn | undefined {
    const [, value] = cookie.trim().split(`${name}=`);
    const [, text, expires, id, tokenHash, mac] = VALUE.exec(value ?? "") ?? [];
    if (text === undefined || id === undefined || mac === undefined) return undefined;
    if (!timingSafeEqual(Buffer.from(macOf(text)), Buffer.from(mac))) return undefined;
    if (Number(expires) * SECOND_MS <= clock.nowMs() || ended.has(id)) return undefined;
    return { id, ...(tokenHash !== undefined && { tokenHash }) };
  }

  /** The sign-ins of a `Cookie` header that are good now: a browser has one, but may send two. */
  function signInsOf(header: string): SignIn[] {
    return header.split(";").flatMap((cookie) => signInOf(cookie) ?? []);
  }

  return {
    issue(header, secure, tokenHash) {
      const kept = signInsOf(header).find((each) => each.tokenHash === tokenHash);
      const id = kept?.id ?? randomBytes(ID_BYTES).toString("hex");
      const until = Math.floor((clock.nowMs() + LIFE_MS) / SECOND_MS);
      const text = [until, id, ...(tokenHash === undefined ? [] : [tokenHash])].join(".");
      return written(`${text}.${macOf(text)}`, LIFE_MS / SECOND_MS, secure);
    },
    revoke(header, secure) {
      // A renewed one may end later than this one.
      const untilS = Math.ceil((clock.nowMs() + LIFE_MS) / SECOND_MS);
      for (const { id } of signInsOf(header)) ended.add(id, untilS);
      return written("", 0, secure);
    },
    find: (header) => signInsOf(header)[0],
  };
}
