/** Server-sent events: a stream that a browser reads by itself, and resumes when it breaks. */

import { MIB, SECOND_MS } from "../../base/units.ts";

/** Sends an event. @returns false while the reader has not taken the previous ones */
export type Send = (event: string, data: string) => boolean;

const encoder = new TextEncoder();
const UNREAD_BYTES_MAX = MIB;
/** Proxies cut a silent connection, and the server one whose reader takes nothing. */
const HEARTBEAT_MS_MAX = 15 * SECOND_MS;
const HEARTBEAT = encoder.encode(": still here\n\n");

interface EventStreamOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** The server cuts a connection whose reader has taken nothing for so long; the heartbeat comes sooner. */
  readonly stalledSecondsMax: number;
}

/**
 * Answers with a stream.
 *
 * @param subscribe gets functions to send and to end, and returns one to stop, which runs once the reader has gone or
 *   has taken everything; it may throw instead of answering
 */
export function eventStream(
  { headers, stalledSecondsMax }: EventStreamOptions,
  subscribe: (send: Send, end: () => void) => () => void,
): Response {
  let sent = 0;
  let isEnding = false;
  let stop = () => {};
  const hasRoom = ({ desiredSize }: Controller) => (desiredSize ?? 0) > 0;
  const close = (controller: Controller) => {
    controller.close();
    stop();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const beat = () => hasRoom(controller) && controller.enqueue(HEARTBEAT);
        const heartbeat = setInterval(beat, Math.min(HEARTBEAT_MS_MAX, (stalledSecondsMax * SECOND_MS) / 2));
        const send: Send = (event, data) => {
          if (!hasRoom(controller)) return false;
          sent += 1;
          controller.enqueue(encoder.encode(`id: ${sent}\nevent: ${event}\ndata: ${data}\n\n`));
          return true;
        };
        const end = () => {
          clearInterval(heartbeat);
          isEnding = true;
          if (hasRoom(controller)) close(controller);
        };
        // Bun sends headers with the first bytes: a client should not have to wait for an event to learn its status.
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
      // The reader has made room.
      pull: (controller) => {
        if (isEnding) close(controller);
      },
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: UNREAD_BYTES_MAX }),
  );
  return new Response(body, {
    headers: { ...headers, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" },
  });
}

type Controller = ReadableStreamDefaultController<Uint8Array>;
