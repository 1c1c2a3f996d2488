/** Requests of which a byte is missing. */

import { connect, type Socket } from "node:net";

export interface HalfSent {
  readonly socket: Socket;
  finish(): void;
  /** Everything that was answered, once the connection has ended. */
  readonly answer: Promise<string>;
}

/** Begins a request and leaves its last byte out. */
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
