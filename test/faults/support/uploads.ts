/** Uploads as a hostile or a poor client makes them: many at once, in no hurry, and never to their end. */

import { connect, type Socket } from "node:net";

export interface Upload {
  /** What came back so far. */
  answer(): string;
  /** Resolves once the server has ended the connection, with how long that took. */
  readonly ended: Promise<number>;
  write(bytes: string | Uint8Array): void;
  leave(): void;
}

export interface UploadOptions {
  readonly path?: string;
  /** The length that the head announces; a chunked body without one. */
  readonly announced?: number;
  /** Sent with the head. */
  readonly first?: string | Uint8Array;
}

/** Opens a connection and begins a body on it. */
export function beginUpload(
  port: number,
  { path = "/api/v1/sessions", announced, first = "" }: UploadOptions,
): Promise<Upload> {
  const length = announced === undefined ? "Transfer-Encoding: chunked" : `Content-Length: ${announced}`;
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`;
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const sinceMs = performance.now();
  let answer = "";
  return new Promise((resolve) => {
    const socket: Socket = connect(port, "127.0.0.1", () => {
      socket.write(head);
      socket.write(first);
      resolve({
        answer: () => answer,
        ended,
        write: (bytes) => void socket.write(bytes),
        leave: () => socket.destroy(),
      });
    });
    socket.on("data", (data) => {
      answer += data.toString("latin1");
    });
    // A reset is an end like any other.
    socket.on("error", () => {});
    socket.on("close", () => end(performance.now() - sinceMs));
  });
}
