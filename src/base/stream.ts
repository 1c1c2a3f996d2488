/** Streams of bytes. */

/** Bytes in pieces, each made when it is asked for. */
export type Chunks = AsyncGenerator<Uint8Array, void, void>;

/** Streams a generator's chunks, each made when it is read; cancelling the stream ends the generator. */
export function streamOf(chunks: Chunks): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}
