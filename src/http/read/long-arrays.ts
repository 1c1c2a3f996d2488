/** Parses long arrays in turns with other requests, one array at a time. */

import { Mutex } from "../../base/mutex.ts";
import { nextTurn } from "../../base/turn.ts";
import { KIB } from "../../base/units.ts";
import type { Opening, Parsed, Parser } from "../../protocol/collection/parse.ts";
import type { PlayerEvent } from "../../protocol/event.ts";

interface ArrayParser {
  /** As `Parser.parseOpening`. */
  parseOpening(body: Uint8Array): Parsed<Opening> | Promise<Parsed<Opening>>;
  /** As `Parser.parseDownloaded`. */
  parseDownloaded(body: Uint8Array): Parsed<readonly PlayerEvent[]> | Promise<Parsed<readonly PlayerEvent[]>>;
}

/** A longer array would hold up all other requests, the longest for a tenth of a second. */
const AT_ONCE_BYTES_MAX = 64 * KIB;

export function createArrayParser(parser: Parser): ArrayParser {
  // Parsed, an array takes ten times its size.
  const oneByOne = new Mutex();
  const isShort = ({ byteLength }: Uint8Array) => byteLength <= AT_ONCE_BYTES_MAX;
  return {
    parseOpening: (body) =>
      isShort(body) ? parser.parseOpening(body) : oneByOne.run(() => parser.parseOpeningInTurns(body, nextTurn)),
    parseDownloaded: (body) =>
      isShort(body) ? parser.parseDownloaded(body) : oneByOne.run(() => parser.parseDownloadedInTurns(body, nextTurn)),
  };
}
