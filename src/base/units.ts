/** Units, so that no file has a bare 86400000. */

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const MINUTE_S = 60;
export const HOUR_S = 60 * MINUTE_S;
export const DAY_S = 24 * HOUR_S;
export const BITS_PER_KILOBIT = 1000;
export const BITS_PER_MEGABIT = 1000 * BITS_PER_KILOBIT;
export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
export const TIB = 1024 * GIB;

/** Converts integer milliseconds to seconds with up to three decimals, as on the wire. */
export function secondsOf(ms: number): number {
  return ms / SECOND_MS;
}
