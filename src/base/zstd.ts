/** The frames of zstd (RFC 8878), as far as it takes to see that they are whole. */

const MAGIC = 0xfd_2f_b5_28;
const SKIPPABLE_MAGIC = 0x18_4d_2a_50;
const SKIPPABLE_MASK = 0xff_ff_ff_f0;
const MAGIC_BYTES = 4;
const SKIPPABLE_HEAD_BYTES = 8;
const BLOCK_HEAD_BYTES = 3;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
/** A block of this type is one byte, repeated. */
const REPEATED = 1;

/** Whether bytes are one or more frames to their last byte. What the frames hold isn't looked at. */
export function isWholeZstd(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  try {
    do at = endOfFrame(view, at);
    while (at < bytes.byteLength);
  } catch (error) {
    // The number would lie beyond the end.
    if (error instanceof RangeError) return false;
    throw error;
  }
  return at === bytes.byteLength;
}

/** @throws RangeError when the frame ends too soon, or is none */
function endOfFrame(view: DataView, from: number): number {
  const magic = view.getUint32(from, true);
  if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) {
    return from + SKIPPABLE_HEAD_BYTES + view.getUint32(from + MAGIC_BYTES, true);
  }
  if (magic !== MAGIC) throw new RangeError("no frame");
  const descriptor = view.getUint8(from + MAGIC_BYTES);
  let at = from + MAGIC_BYTES + headBytes(descriptor);
  for (let isLast = false; !isLast; ) {
    const head = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const size = head >> 3;
    isLast = (head & 1) === 1;
    at += BLOCK_HEAD_BYTES + (((head >> 1) & 3) === REPEATED ? 1 : size);
  }
  return at + ((descriptor >> 2) & 1) * CHECKSUM_BYTES;
}

/** The bytes of a frame's head, from its descriptor on. */
function headBytes(descriptor: number): number {
  const isSingleSegment = ((descriptor >> 5) & 1) === 1;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  return 1 + (isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + sizeBytes;
}
