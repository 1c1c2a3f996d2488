/** Reads instants as people write them. */

const INSTANT_MS_MAX = 8.64e15;
const ISO = /^([+-]\d{2})?\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const OFFSET = /T.*(Z|[+-]\d{2}:\d{2})$/;

/** Reads milliseconds since the epoch, or ISO 8601, UTC unless the text says otherwise; undefined for anything else. */
export function parseInstant(text: string): number | undefined {
  const ms = /^-?\d{1,16}$/.test(text) ? Number(text) : parseIso(text);
  return Math.abs(ms) <= INSTANT_MS_MAX ? ms : undefined;
}

/** `Date.parse` accepts 30 February, and reads `1 Jan` as another instant in another time zone. */
function parseIso(text: string): number {
  if (!ISO.test(text)) return Number.NaN;
  try {
    if (OFFSET.test(text)) return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime("UTC").epochMilliseconds;
  } catch {
    return Number.NaN;
  }
}
