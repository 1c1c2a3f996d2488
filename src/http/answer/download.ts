/** A long answer: an error before its first byte is an answer like others, one after it cuts the connection. */

export interface Download {
  /** Opens the stream; the signal aborts once its client has left. */
  readonly open: (signal: AbortSignal) => ReadableStream<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
  /** Has the connection cut once its client has read nothing for so many seconds; 0 while a chunk is being made. */
  readonly cutAfter: (seconds: number) => void;
  /** A client that reads nothing for this long counts as gone, even while its connection is open. */
  readonly stalledSecondsMax: number;
  /** Called once, when the download has ended; with the error that cut it off, if one did. */
  readonly onEnd: (error?: unknown) => void;
}

const CLIENT_GONE = 499;

/** Makes the header that has a browser save an answer under a name. */
export function attachment(fileName: string): string {
  return `attachment; filename="${fileName}"`;
}

/**
 * Answers 200 once there is a first chunk.
 *
 * @throws whatever the stream threw before it
 */
export async function downloadOf(request: Request, download: Download): Promise<Response> {
  const { open, headers, cutAfter, stalledSecondsMax, onEnd } = download;
  if (request.method === "HEAD") {
    onEnd();
    return new Response(null, { headers });
  }
  cutAfter(0);
  const leaving = new AbortController();
  const reader = open(AbortSignal.any([request.signal, leaving.signal])).getReader();
  const first = await reader.read().catch((error: unknown) => {
    onEnd();
    if (request.signal.aborted) return undefined;
    throw error;
  });
  if (!first) return new Response(null, { status: CLIENT_GONE });
  let ended = false;
  const end = (error?: unknown) => {
    if (!ended) onEnd(error);
    ended = true;
  };
  const stop = async () => {
    leaving.abort();
    end();
    // The signal has ended the work, and the error that it threw says no more.
    await reader.cancel().catch(() => {});
  };
  let next: typeof first | undefined = first;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        cutAfter(0);
        try {
          const { done, value } = next ?? (await reader.read());
          next = undefined;
          if (done) {
            end();
            controller.close();
          } else {
            controller.enqueue(value);
          }
        } catch (error) {
          end(request.signal.aborted ? undefined : error);
          throw error;
        } finally {
          cutAfter(stalledSecondsMax);
        }
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers });
}
