/** Server-sent events: a stream that a browser reads by itself, and takes up again when it breaks. */

import { MIB, SECOND_MS } from "../base/units.ts";

/** Sends an event. @returns false when the reader has not taken what was sent before */
export type Send = (event: string, data: string) => boolean;

const encoder = new TextEncoder();
const UNREAD_BYTES_MAX = MIB;
/** Proxies cut a connection on which nothing comes. */
const HEARTBEAT_MS = 15 * SECOND_MS;
const HEARTBEAT = encoder.encode(": still here\n\n");

/**
 * Answers with a stream.
 *
 * @param subscribe is given how to send and how to end, and returns how to stop; it may throw instead of answering
 */
export function eventStream(
  headers: Readonly<Record<string, string>>,
  subscribe: (send: Send, end: () => void) => () => void,
): Response {
  let sent = 0;
  let stop = () => {};
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const hasRoom = () => (controller.desiredSize ?? 0) > 0;
        const send: Send = (event, data) => {
          if (!hasRoom()) return false;
          sent += 1;
          controller.enqueue(encoder.encode(`id: ${sent}\nevent: ${event}\ndata: ${data}\n\n`));
          return true;
        };
        const heartbeat = setInterval(() => hasRoom() && controller.enqueue(HEARTBEAT), HEARTBEAT_MS);
        const end = () => {
          clearInterval(heartbeat);
          controller.close();
        };
        // Headers go with the first bytes: whoever connects should not wait for something to happen.
        controller.enqueue(HEARTBEAT);
        try {
          const unsubscribe = subscribe(send, end);
          stop = () => {
            clearInterval(heartbeat);
            unsubscribe();
          };
        } catch (error) {
          clearInterval(heartbeat);
          throw error;
        }
      },
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: UNREAD_BYTES_MAX }),
  );
  return new Response(body, {
    headers: { ...headers, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" },
  });
}
