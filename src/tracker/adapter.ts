/** What a player tells beside the element that it feeds. */

export interface Adapter {
  readonly name: string;
  /** Tells a new source from the same one, attached again after an error. */
  source(): string;
  /** Whether there is no end: with a player the element's duration is often a number all the same. */
  isLive(): boolean;
  /** The bitrate that plays now, in bits per second. */
  bitrate(): number | undefined;
}
