/** The end of a listening server: after the requests under way, and without waiting for anything else. */

import { expect, test } from "bun:test";
import { connect } from "node:net";
import { listenOn } from "../../src/http/listener.ts";

const BODY_BYTES = 5_000_000;
/** Longer than a stop looks for requests that are just arriving. */
const ANSWER_MS = 500;

/** Sends a request on a connection that stays, and resolves with the beginning of its answer. */
async function ask(port: number, head: string, body = ""): Promise<{ said: string } & Disposable> {
  const socket = connect(port, "127.0.0.1");
  const said = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString("latin1"))));
  const sent = new Promise<void>((resolve) => socket.write(`${head}\r\nHost: x\r\n\r\n${body}`, () => resolve()));
  await sent;
  return { said: await said, [Symbol.dispose]: () => socket.destroy() };
}

test("a stop waits for no connection whose body was refused before its end", async () => {
  const listener = listenOn(0, undefined, (port) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      idleTimeout: 0,
      async fetch({ body }) {
        const reader = body?.getReader();
        await reader?.read();
        void reader?.cancel();
        return new Response(null, { status: 413 });
      },
    }),
  );
  const head = `POST / HTTP/1.1\r\nContent-Length: ${BODY_BYTES}`;
  using asked = await ask(listener.port, head, " ".repeat(BODY_BYTES));
  expect(asked.said).toStartWith("HTTP/1.1 413");
  await listener.stop();
  await listener.kill();
});

test("a stop waits for a request under way", async () => {
  const order: string[] = [];
  const begun = Promise.withResolvers<void>();
  const listener = listenOn(0, undefined, (port) =>
    Bun.serve({
      hostname: "127.0.0.1",
      port,
      async fetch() {
        begun.resolve();
        await Bun.sleep(ANSWER_MS);
        order.push("answered");
        return new Response();
      },
    }),
  );
  const asking = ask(listener.port, "GET / HTTP/1.1");
  await begun.promise;
  await listener.stop();
  order.push("stopped");
  using asked = await asking;
  expect(asked.said).toStartWith("HTTP/1.1 200");
  expect(order).toEqual(["answered", "stopped"]);
});
