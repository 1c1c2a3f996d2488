/** The admin token: compared in constant time, and refused alike whether it is missing or wrong. */

import { timingSafeEqual } from "node:crypto";
import { AppError } from "../base/errors.ts";
import type { Handler } from "./resource.ts";

const BEARER = /^Bearer +(\S+) *$/i;

export type Guard = (handler: Handler) => Handler;

/** Makes a guard that lets a handler answer only requests with `Authorization: Bearer TOKEN`. */
export function createGuard(token: string): Guard {
  const expected = digestOf(token);
  return (handler) => (request, headers, liftTimeout) => {
    const given = BEARER.exec(request.headers.get("Authorization") ?? "")?.[1] ?? "";
    // Hashes have one length: timingSafeEqual throws on two.
    if (!timingSafeEqual(digestOf(given), expected)) {
      throw new AppError("unauthorized", "This path needs the admin token: Authorization: Bearer TOKEN");
    }
    return handler(request, headers, liftTimeout);
  };
}

function digestOf(text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}
