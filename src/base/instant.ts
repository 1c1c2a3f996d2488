/** Instants as people write them. */

const INSTANT_MS_MAX = 8.64e15;

/** Reads milliseconds since the epoch, or ISO 8601; undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  const ms = /^-?\d{1,16}$/.test(text) ? Number(text) : Date.parse(text);
  return Math.abs(ms) <= INSTANT_MS_MAX ? ms : undefined;
}
