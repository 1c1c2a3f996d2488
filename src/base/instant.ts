/** Reads instants as people write them. */

import { AppError } from "./errors.ts";

/** What {@link parseInstant} takes, for the person who wrote something else. */
export const INSTANT_FORMS = "ISO 8601, or milliseconds since the epoch";
const INSTANT_MS_MAX = 8.64e15;
const ISO = /^([+-]\d{2})?\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const OFFSET = /T.*(Z|[+-]\d{2}:\d{2})$/;

/** Reads an instant that was given by name. @throws AppError `invalid-query` */
export function readInstant(name: string, text: string): number {
  const ms = parseInstant(text);
  if (ms !== undefined) return ms;
  throw new AppError("invalid-query", `${name} must be an instant: ${INSTANT_FORMS}`);
}

/** Reads milliseconds since the epoch, or ISO 8601 (UTC by default); undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  const ms = /^-?\d{1,16}$/.test(text) ? Number(text) : parseIso(text);
  return Math.abs(ms) <= INSTANT_MS_MAX ? ms : undefined;
}

/** `Date.parse` would accept 30 February, and read `1 Jan` differently on each machine. */
function parseIso(text: string): number {
  if (!ISO.test(text)) return Number.NaN;
  try {
    if (OFFSET.test(text)) return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime("UTC").epochMilliseconds;
  } catch {
    return Number.NaN;
  }
}
