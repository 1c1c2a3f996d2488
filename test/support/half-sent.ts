/** Requests that lack their last byte. */

import { connect, type Socket } from "node:net";

export interface HalfSent {
  readonly socket: Socket;
  finish(): void;
  /** The whole answer, once the connection has ended. */
  readonly answer: Promise<string>;
}

/** Sends a request without its last byte. */
export async function halfSend(port: number, path: string, body: object): Promise<HalfSent> {
  const text = JSON.stringify(body);
  const socket = connect(port, "127.0.0.1");
  const answer = new Promise<string>((resolve) => {
    let received = "";
    socket.on("data", (data) => {
      received += data.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n`;
  await new Promise((resolve) => socket.write(head + text.slice(0, -1), resolve));
  return { socket, answer, finish: () => socket.write(text.slice(-1)) };
}
