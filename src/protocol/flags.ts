/** The catalogue of flags: what validation noticed about an event that it kept. A new one is a row. */

interface FlagDefinition {
  readonly meaning: string;
  /** How a player is mended whose events have the flag, for its integrator. */
  readonly advice: string;
}

export const FLAGS = {
  alias: {
    meaning: "The event was sent under an older name, which is given.",
    advice: "Send the event under the name that docs/protocol.md has.",
  },
  "unknown-member": {
    meaning: "A member of the event that isn't documented; kept.",
    advice: "Send only documented members; what is your own goes into `customMetadata`.",
  },
  "unknown-parameter": {
    meaning: "A key of `params` or `qoeData` that isn't documented; kept.",
    advice: "Mend the key's spelling, or move what is your own into `customMetadata`.",
  },
  "reserved-parameter": {
    meaning: "An undocumented key that begins with `viewer.` or `edge.`; kept, and never in reports.",
    advice: "Move the key into `customMetadata`: the server writes those keys itself.",
  },
  "misplaced-parameter": {
    meaning: "A documented key on an event that doesn't carry it; kept.",
    advice: "Send the key on the event that documents it, most often `sessionStart`.",
  },
  "misplaced-member": {
    meaning: "`customMetadata` on an event that isn't documented to carry it; kept.",
    advice: "Send `customMetadata` on `sessionStart`, `adStart` or `chapterStart`.",
  },
  "missing-parameter": {
    meaning: "A key that this event requires is absent.",
    advice: "Send the key: without it reports have no value of the session, ad, break or chapter.",
  },
  "not-integer": {
    meaning: "A number with a fraction where an integer is documented; kept as sent.",
    advice: "Round the number before it is sent.",
  },
  "not-string": {
    meaning: "A number or boolean where a text is documented, on a running session; kept as its string.",
    advice: "Send the value in quotes.",
  },
  "length-unknown": {
    meaning: "`media.length` is null, 0, negative, or 86400 and more, as of live content: it counts as unknown.",
    advice: "Send the length of recorded content in seconds. Live content sends 86400, and has this flag.",
  },
  "state-name-invalid": {
    meaning: "The player state's name is outside ^[a-zA-Z0-9_.]{1,64}$; kept.",
    advice: "Name player states with letters, digits, `_` and `.` alone, up to 64 of them.",
  },
  "metadata-key-invalid": {
    meaning: "A customMetadata key is outside ^[a-zA-Z0-9_.]+$; kept.",
    advice: "Name keys with letters, digits, `_` and `.` alone.",
  },
  "metadata-not-string": {
    meaning: "A customMetadata value is a number or boolean; kept as its string.",
    advice: "Send each value of `customMetadata` as a text.",
  },
  "ts-rounded": {
    meaning: "`ts` had a fraction; rounded to a millisecond.",
    advice: "Send `ts` as whole milliseconds.",
  },
  "ts-in-seconds": {
    meaning: "The session's `ts` are seconds; stored in milliseconds.",
    advice: "Send `ts` in milliseconds since the epoch: multiply seconds by 1000.",
  },
  "ts-in-microseconds": {
    meaning: "The session's `ts` are microseconds; stored in milliseconds.",
    advice: "Send `ts` in milliseconds since the epoch: divide microseconds by 1000.",
  },
  "ts-implausible": {
    meaning: "`ts` is over a day from its arrival. Of downloaded content: it is over a year old, or in the future.",
    advice: "Send `ts` in milliseconds since the epoch, by a clock that is set.",
  },
  mended: {
    meaning: "The fold mended something here, by the rule that is given.",
    advice: "Look the rule up: it says what the player left out.",
  },
  mendable: {
    meaning: "The fold would mend something here, but the rule that is given is off.",
    advice: "Look the rule up: it says what the player left out.",
  },
  "playhead-moves-without-play": {
    meaning: "The playhead goes on, and the session has no `play` at all: its player needs mending.",
    advice: "Send `play` when content begins to play, and again after each pause, buffer and break.",
  },
  "playhead-in-milliseconds": {
    meaning: "The playhead advances hundreds of times as fast as time: it may be milliseconds.",
    advice: "Send `playhead` in seconds.",
  },
  "playhead-beyond-length": {
    meaning: "The playhead is over a minute beyond `media.length`.",
    advice: "Send `playhead` as the position in the content, and `media.length` as its length in seconds.",
  },
  "length-implausible": {
    meaning:
      "`media.length` or `media.chapter.length` is over 48 hours, or `media.ad.length` over one: it may be " +
      "milliseconds.",
    advice: "Send `media.length`, `media.ad.length` and `media.chapter.length` in seconds.",
  },
  "bitrate-implausible": {
    meaning: "A bitrate is over 1 Gbit/s.",
    advice: "Send `media.qoe.bitrate` in bits per second.",
  },
  "bitrate-in-kilobits": {
    meaning: "A bitrate that only makes sense in kilobits was read so.",
    advice: "Send `media.qoe.bitrate` in bits per second, or set `PLAYHEAD_BITRATE_UNIT`.",
  },
  "playhead-negative": {
    meaning: "`playhead` was negative; counts as 0.",
    advice: "Send the position in the content; in a live stream the second of the day.",
  },
  "metadata-repeated": {
    meaning: "A name of `customMetadata` is there twice; the last value counts.",
    advice: "Send each name of `customMetadata` once.",
  },
  "timestamp-missing": {
    meaning: "The event doesn't say when it happened: dated by its arrival, less its wait in the client.",
    advice: "Send `timestamp`, in ISO 8601 with an offset.",
  },
  "roku-fraction": {
    meaning: "A fraction of one or two digits, which this client means as milliseconds.",
    advice: "Pad the milliseconds of `timestamp` to three digits.",
  },
  "bitrate-unit-guessed": {
    meaning: "A bitrate beyond 200,000 where kilobits are documented; taken as bits a second.",
    advice: "Send `bitrate` in kilobits per second, or set `PLAYHEAD_BITRATE_UNIT`.",
  },
  "time-to-start-unit": {
    meaning: "A `timeToStart` below 60 ms, which may be in seconds; kept.",
    advice: "Send `timeToStart` in milliseconds.",
  },
  "id-reused": {
    meaning: "Another event of the session has the same id; both are kept.",
    advice: "Give each event an id of its own, and only its repeats the same one.",
  },
  "config-mismatch": {
    meaning: "The event names another datastream than its session's start; kept.",
    advice: "Send a session's events to the datastream of its start; the Web SDK's overrides reach the start alone.",
  },
  "playhead-clamped": {
    meaning: "`playhead` was beyond what milliseconds can count; cut there.",
    advice: "Send `playhead` in seconds.",
  },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

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
