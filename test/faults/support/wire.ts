/** Sends bytes on a connection that no HTTP client would send. */

import { connect } from "node:net";

const ANSWER_MS_MAX = 60_000;

export interface Exchange {
  /** Everything received, one character a byte. */
  readonly text: string;
  readonly statuses: readonly number[];
  /** Whether the server ended the connection; otherwise `until` matched, and the test ended it. */
  readonly closed: boolean;
}

export interface ExchangeOptions {
  /** Ends the exchange when it holds for the text received; otherwise the server ends it. */
  readonly until?: (text: string) => boolean;
  /** Sent once the first answer is complete. */
  readonly next?: string;
}

/**
 * Sends bytes on a connection of their own and reads the answers.
 *
 * @throws Error when the exchange doesn't end in time
 */
export function exchange(
  port: number,
  bytes: string | Uint8Array,
  { until = () => false, next }: ExchangeOptions = {},
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    let text = "";
    let isNextSent = next === undefined;
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(bytes);
      end(false);
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The exchange did not end within ${ANSWER_MS_MAX} ms: ${JSON.stringify(text)}`));
    }, ANSWER_MS_MAX);
    function end(closed: boolean): void {
      if (!closed && !until(text)) return;
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, statuses: statusesOf(text), closed });
    }
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (!isNextSent && isWhole(text)) {
        isNextSent = true;
        socket.write(next as string);
      }
      end(false);
    });
    // A reset ends the exchange like any close.
    socket.on("error", () => {});
    socket.on("close", () => end(true));
  });
}

/** The statuses of every answer in a text. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
}

/** Whether an answer is complete, by its length or its last chunk. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return false;
  const body = text.slice(head + 4);
  if (/^transfer-encoding: *chunked/im.test(text.slice(0, head))) return body.endsWith("0\r\n\r\n");
  return body.length >= Number(/^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1] ?? 0);
}

/** The bytes of a request. */
export function requestText(path: string, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: "x", "Content-Length": String(Buffer.byteLength(body)), ...headers });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}
