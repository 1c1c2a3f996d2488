/** The catalogue of flags: what validation noticed about an event that it kept. */

export const FLAGS = {
  alias: "The event was sent under an older name, which is given.",
  "unknown-member": "A member of the event that isn't documented; kept.",
  "unknown-parameter": "A key of `params` or `qoeData` that isn't documented; kept.",
  "reserved-parameter": "An undocumented key that begins with `viewer.` or `edge.`; kept, and never in reports.",
  "misplaced-parameter": "A documented key on an event that doesn't carry it; kept.",
  "misplaced-member": "`customMetadata` on an event that isn't documented to carry it; kept.",
  "missing-parameter": "A key that this event requires is absent.",
  "not-integer": "A number with a fraction where an integer is documented; kept as sent.",
  "not-string": "A number or boolean where a text is documented, on a running session; kept as its string.",
  "length-unknown": "`media.length` is null, 0 or negative: the length counts as unknown.",
  "state-name-invalid": "The player state's name is outside ^[a-zA-Z0-9_.]{1,64}$; kept.",
  "metadata-key-invalid": "A customMetadata key is outside ^[a-zA-Z0-9_.]+$; kept.",
  "metadata-not-string": "A customMetadata value is a number or boolean; kept as its string.",
  "ts-rounded": "`ts` had a fraction; rounded to a millisecond.",
  "ts-in-seconds": "The session's `ts` are seconds; stored in milliseconds.",
  "ts-in-microseconds": "The session's `ts` are microseconds; stored in milliseconds.",
  "ts-implausible":
    "`ts` is over a day from its arrival. Of downloaded content: it is over a year old, or in the future.",
  mended: "The fold mended something here, by the rule that is given.",
  mendable: "The fold would mend something here, but the rule that is given is off.",
  "playhead-moves-without-play":
    "The playhead goes on, and the session has no `play` at all: its player needs mending.",
  "playhead-in-milliseconds": "The playhead advances hundreds of times as fast as time: it may be milliseconds.",
  "playhead-beyond-length": "The playhead is over a minute beyond `media.length`.",
  "length-implausible": "`media.length` is over 48 hours: it may be milliseconds.",
  "bitrate-implausible": "A bitrate is over 1 Gbit/s.",
  "bitrate-in-kilobits": "A bitrate that only makes sense in kilobits was read so.",
  "playhead-negative": "`playhead` was negative; counts as 0.",
  "metadata-repeated": "A name of `customMetadata` is there twice; the last value counts.",
  "timestamp-missing": "The event doesn't say when it happened: dated by its arrival, less its wait in the client.",
  "roku-fraction": "A fraction of one or two digits, which this client means as milliseconds.",
  "bitrate-unit-guessed": "A bitrate beyond 200,000 where kilobits are documented; taken as bits a second.",
  "time-to-start-unit": "A `timeToStart` below 60 ms, which may be in seconds; kept.",
  "playhead-clamped": "`playhead` was beyond what milliseconds can count; cut there.",
} as const;

export type FlagRule = keyof typeof FLAGS;

const KEY_CHARS_MAX = 100;

/**
 * Writes a flag: `ts-rounded`, or `unknown-parameter:media.foo` with what it is about.
 *
 * @param hint ends it, as in `unknown-parameter:media.lenght; did you mean media.length?`
 */
export function flag(rule: FlagRule, about?: string, hint = ""): string {
  return about === undefined ? rule : `${rule}:${about.slice(0, KEY_CHARS_MAX)}${hint}`;
}
