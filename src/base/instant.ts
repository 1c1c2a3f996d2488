/** Reads instants as people write them. */

import { AppError } from "./errors.ts";

/** What {@link parseInstant} takes, for the person who wrote something else. */
export const INSTANT_FORMS = "ISO 8601, or milliseconds since the epoch";
const INSTANT_MS_MAX = 8.64e15;
const ISO = /^([+-]\d{2})?\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const OFFSET = /T.*(Z|[+-]\d{2}:\d{2})$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$/;
const ZONE = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/** The zone of a date or a time where none is named. */
export const ZONE_DEFAULT = "UTC";

/** Milliseconds of 1970 to 1973, which hardly anyone asks for; as seconds they are the years from 1973 to 5138. */
const SECONDS_MIN = 1e8;
const SECONDS_MAX = 1e11;

/** Refuses a number that looks like seconds: as milliseconds it would be 1970. @throws AppError `invalid-query` */
export function refuseSeconds(name: string, text: string): void {
  const value = /^\d{9,11}$/.test(text) ? Number(text) : 0;
  if (value < SECONDS_MIN || value >= SECONDS_MAX) return;
  throw new AppError("invalid-query", `${name} is milliseconds, and ${value} looks like seconds: write ${value}000`);
}

/** Reads an instant that was given by name. @throws AppError `invalid-query` */
export function readInstant(name: string, text: string, zone = ZONE_DEFAULT): number {
  refuseSeconds(name, text);
  const ms = parseInstantIn(text, zone);
  if (ms !== undefined) return ms;
  throw new AppError("invalid-query", `${name} must be an instant: ${INSTANT_FORMS}`);
}

/** Reads the name of a time zone. @throws AppError `invalid-query` where the machine knows none of this name */
export function readZone(name: string, text = ZONE_DEFAULT): string {
  if (isZone(text)) return text;
  throw new AppError("invalid-query", `${name} must be an IANA time zone, such as Europe/Berlin`);
}

/** Tells whether the machine knows a time zone of this name. */
export function isZone(name: string): boolean {
  try {
    return ZONE.test(name) && Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name) !== undefined;
  } catch {
    return false;
  }
}

/** Reads an instant as people write it; a date or a time without an offset is local to the zone. */
export function parseInstantIn(text: string, zone: string): number | undefined {
  if (!LOCAL.test(text)) return parseInstant(text);
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds;
  } catch {
    return undefined;
  }
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
