/** What a player tells beside the element that it feeds. */

export interface Adapter {
  readonly name: string;
  /** Tells a new source from the same one, attached again after an error; undefined until the player knows. */
  source(): string | undefined;
  /** Whether there is no end, once the player knows: the element's own duration is often a number all the same. */
  isLive(): boolean | undefined;
  /** The bitrate that plays now, in bits per second. */
  bitrate(): number | undefined;
}
