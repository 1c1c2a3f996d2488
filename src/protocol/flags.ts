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
  "length-unknown": "`media.length` is null, 0, negative, or 86400 and more, as of live content: it counts as unknown.",
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
  "length-implausible":
    "`media.length` or `media.chapter.length` is over 48 hours, or `media.ad.length` over one: it may be milliseconds.",
  "bitrate-implausible": "A bitrate is over 1 Gbit/s.",
  "bitrate-in-kilobits": "A bitrate that only makes sense in kilobits was read so.",
  "playhead-negative": "`playhead` was negative; counts as 0.",
  "metadata-repeated": "A name of `customMetadata` is there twice; the last value counts.",
  "timestamp-missing": "The event doesn't say when it happened: dated by its arrival, less its wait in the client.",
  "roku-fraction": "A fraction of one or two digits, which this client means as milliseconds.",
  "bitrate-unit-guessed": "A bitrate beyond 200,000 where kilobits are documented; taken as bits a second.",
  "time-to-start-unit": "A `timeToStart` below 60 ms, which may be in seconds; kept.",
  "id-reused": "Another event of the session has the same id; both are kept.",
  "config-mismatch": "The event names another datastream than its session's start; kept.",
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

/** How a player is mended whose events have a flag, for its integrator. */
export const FLAG_ADVICE: Readonly<Record<FlagRule, string>> = {
  alias: "Send the event under the name that docs/protocol.md has.",
  "unknown-member": "Send only documented members; what is your own goes into `customMetadata`.",
  "unknown-parameter": "Mend the key's spelling, or move what is your own into `customMetadata`.",
  "reserved-parameter": "Move the key into `customMetadata`: the server writes those keys itself.",
  "misplaced-parameter": "Send the key on the event that documents it, most often `sessionStart`.",
  "misplaced-member": "Send `customMetadata` on `sessionStart`, `adStart` or `chapterStart`.",
  "missing-parameter": "Send the key: without it reports have no value of the session, ad, break or chapter.",
  "not-integer": "Round the number before it is sent.",
  "not-string": "Send the value in quotes.",
  "length-unknown": "Send the length of recorded content in seconds. Live content sends 86400, and has this flag.",
  "state-name-invalid": "Name player states with letters, digits, `_` and `.` alone, up to 64 of them.",
  "metadata-key-invalid": "Name keys with letters, digits, `_` and `.` alone.",
  "metadata-not-string": "Send each value of `customMetadata` as a text.",
  "ts-rounded": "Send `ts` as whole milliseconds.",
  "ts-in-seconds": "Send `ts` in milliseconds since the epoch: multiply seconds by 1000.",
  "ts-in-microseconds": "Send `ts` in milliseconds since the epoch: divide microseconds by 1000.",
  "ts-implausible": "Send `ts` in milliseconds since the epoch, by a clock that is set.",
  mended: "Look the rule up: it says what the player left out.",
  mendable: "Look the rule up: it says what the player left out.",
  "playhead-moves-without-play":
    "Send `play` when content begins to play, and again after each pause, buffer and break.",
  "playhead-in-milliseconds": "Send `playhead` in seconds.",
  "playhead-beyond-length":
    "Send `playhead` as the position in the content, and `media.length` as its length in seconds.",
  "length-implausible": "Send `media.length`, `media.ad.length` and `media.chapter.length` in seconds.",
  "bitrate-implausible": "Send `media.qoe.bitrate` in bits per second.",
  "bitrate-in-kilobits": "Send `media.qoe.bitrate` in bits per second, or set `PLAYHEAD_BITRATE_UNIT`.",
  "playhead-negative": "Send the position in the content; in a live stream the second of the day.",
  "playhead-clamped": "Send `playhead` in seconds.",
  "metadata-repeated": "Send each name of `customMetadata` once.",
  "timestamp-missing": "Send `timestamp`, in ISO 8601 with an offset.",
  "roku-fraction": "Pad the milliseconds of `timestamp` to three digits.",
  "bitrate-unit-guessed": "Send `bitrate` in kilobits per second, or set `PLAYHEAD_BITRATE_UNIT`.",
  "time-to-start-unit": "Send `timeToStart` in milliseconds.",
  "id-reused": "Give each event an id of its own, and only its repeats the same one.",
  "config-mismatch":
    "Send a session's events to the datastream of its start; the Web SDK's overrides reach the start alone.",
};
