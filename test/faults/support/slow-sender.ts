/** Clients that send a byte now and then, and so would hold a connection for hours. */

import { connect } from "node:net";

export interface SlowSender {
  /** How long it was borne, once the server has cut it off. */
  readonly borneMs: Promise<number>;
  /** What it was answered. */
  answer(): string;
  /** Goes away by itself. */
  leave(): void;
}

/** Sends the first part of a request at once, and then a byte every so often. */
export function sendSlowly(port: number, first: string, rest: string, everyMs: number): SlowSender {
  const sinceMs = performance.now();
  const cut = Promise.withResolvers<number>();
  let answer = "";
  let sent = 0;
  const socket = connect(port, "127.0.0.1", () => socket.write(first));
  const timer = setInterval(() => {
    if (sent < rest.length) socket.write(rest.charAt(sent));
    sent += 1;
  }, everyMs);
  socket.on("data", (data) => {
    answer += data.toString("latin1");
  });
  // A byte that crosses the end is answered with a reset.
  socket.on("error", () => {});
  socket.on("close", () => {
    clearInterval(timer);
    cut.resolve(performance.now() - sinceMs);
  });
  return { borneMs: cut.promise, answer: () => answer, leave: () => socket.destroy() };
}
