/** Lines of a stream of bytes, of any number and in bounded memory. */

/** A line without its end; its bytes are absent where it is longer than it may be. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** Whether a line has nothing but white space. */
export function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN);
}

/** Splits chunks into lines; nothing is held of a line that is too long. The last line needs no end. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Line, void, void> {
  let number = 1;
  let held: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    size += part.byteLength;
    if (size > bytesMax) held = [];
    else if (part.byteLength > 0) held.push(part);
  };
  const take = (): Line => {
    const bytes = size > bytesMax ? undefined : trimmed(held.length === 1 ? held[0] : Buffer.concat(held));
    const line = { number, bytes };
    number += 1;
    held = [];
    size = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    // A copy: the chunk may be large, or its memory used again.
    add(chunk.slice(from));
  }
  if (size > 0) yield take();
}

function trimmed(bytes: Uint8Array = new Uint8Array()): Uint8Array {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
