/**
 * The cookie of a browser that was signed in: until when, and a proof that whoever made it knew the admin token.
 *
 * Nothing is kept of it here: it outlives a restart, and ends for everybody when the token changes. The token itself is
 * not in it, and no script can read it.
 */

import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { DAY_MS, SECOND_MS } from "../base/units.ts";

export interface AdminCookie {
  /** The `Set-Cookie` of somebody who signs in. @param secure whether the browser came by TLS */
  issue(secure: boolean): string;
  /** The `Set-Cookie` of somebody who signs out. */
  expire(secure: boolean): string;
  /** Whether a `Cookie` header holds one that is good now. */
  accepts(header: string): boolean;
}

const LIFE_MS = 30 * DAY_MS;
const VALUE = /^(\d{1,12})\.([0-9a-f]{64})$/;
const NAME_CHARS = 12;

export function createAdminCookie(token: string, clock: Clock): AdminCookie {
  const key = new Bun.CryptoHasher("sha256").update(`playhead admin cookie\0${token}`).digest();
  // Cookies are shared by all ports of a host: two servers on one machine must not sign each other's people out.
  const name = `playhead-${macOf("name").slice(0, NAME_CHARS)}`;

  function macOf(text: string): string {
    return new Bun.CryptoHasher("sha256", key).update(text).digest("hex");
  }

  // Without a Path a cookie is for the folder that gave it, /admin/api, also behind a prefix that is not known here.
  function written(value: string, maxAgeS: number, secure: boolean): string {
    return `${name}=${value}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  }

  return {
    issue(secure) {
      const expires = String(Math.floor((clock.nowMs() + LIFE_MS) / SECOND_MS));
      return written(`${expires}.${macOf(expires)}`, LIFE_MS / SECOND_MS, secure);
    },
    expire: (secure) => written("", 0, secure),
    accepts(header) {
      return header.split(";").some((each) => {
        const [, value] = each.trim().split(`${name}=`);
        const [, expires, mac] = VALUE.exec(value ?? "") ?? [];
        if (expires === undefined || mac === undefined) return false;
        const isOurs = timingSafeEqual(Buffer.from(macOf(expires)), Buffer.from(mac));
        return isOurs && Number(expires) * SECOND_MS > clock.nowMs();
      });
    },
  };
}
