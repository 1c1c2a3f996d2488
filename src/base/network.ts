/** The forms of origins and networks, as settings list them. */

import { isIP } from "node:net";

const ORIGIN = /^([a-z][a-z0-9+.-]*:\/\/[^/\s\p{Lu}]*|null)$/u;
/** Bits of an address, by IP version. */
const PREFIX_BITS_MAX: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** Tells whether a text is an origin as browsers send it; pages from files and sandboxes send `null`. */
export function isOrigin(text: string): boolean {
  return ORIGIN.test(text);
}

/** Tells whether a text is an address, or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bitsMax = PREFIX_BITS_MAX[isIP(address)];
  return bitsMax !== undefined && Number(bits ?? 0) <= bitsMax;
}
