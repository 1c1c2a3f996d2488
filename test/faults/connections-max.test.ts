/** Too many connections: new ones are refused for a while, and those under way are answered. */

import { describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { sized } from "../support/effort.ts";
import { halfSend } from "../support/half-sent.ts";
import { startProcess } from "../support/process.ts";
import { sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const CONNECTIONS_MAX = 50;
const CROWD = sized({ full: 2000, fast: 300 });
/** Connections that send nothing are closed by themselves after this. */
const IDLE_MS_MAX = 20_000;
const SETTINGS = { CONNECTIONS_MAX: String(CONNECTIONS_MAX) };
const TEST_MS_MAX = 60_000;

/** Opens connections that say nothing. */
function comeSilently(port: number, count: number) {
  const state = { connected: 0, refused: 0 };
  const sockets: Socket[] = Array.from({ length: count }, () => {
    const socket = connect(port, "127.0.0.1", () => {
      state.connected += 1;
    });
    return socket.on("error", () => {
      state.refused += 1;
    });
  });
  return {
    state,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function isAnswered(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`, { headers: { Connection: "close" } }).then(
    ({ ok }) => ok,
    () => false,
  );
}

describe("more connections than may be", () => {
  test(
    "are refused, what is under way is answered, and the next come in when others have gone",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path, { settings: SETTINGS });
      const half = await halfSend(server.port, "/api/v1/sessions", sessionStart());
      {
        using crowd = comeSilently(server.port, CROWD);
        await waitFor(async () => !(await isAnswered(server.url)));
        half.finish();
        expect(await half.answer).toContain(" 201 ");
        using more = comeSilently(server.port, CROWD);
        await waitFor(() => more.state.refused === CROWD);
        expect(crowd.state.connected).toBeGreaterThan(CONNECTIONS_MAX);
      }
      await waitFor(() => isAnswered(server.url));
      expect(server.stdout().match(/Too many connections/g)?.length).toBe(1);
      server.signal("SIGTERM");
      expect(await server.exited).toBe(0);
    },
    TEST_MS_MAX,
  );

  test(
    "of clients that are answered and stay are closed when they are idle, and none is refused",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path, { settings: SETTINGS });
      const closed = Array.from({ length: 2 * CONNECTIONS_MAX }, () => {
        const { promise, resolve } = Promise.withResolvers<string>();
        let text = "";
        const socket = connect(server.port, "127.0.0.1", () =>
          socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
        );
        socket.on("data", (data) => {
          text += data.toString();
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve(text));
        return promise;
      });
      const texts = await Promise.all(closed);
      expect(texts.filter((text) => !text.includes(" 200 "))).toEqual([]);
      expect(await isAnswered(server.url)).toBe(true);
    },
    IDLE_MS_MAX,
  );

  test(
    "stay below the descriptors, however many those are",
    async () => {
      using directory = tempDir();
      const under = ["sh", "-c", 'ulimit -n 700; exec "$@"', "sh"];
      await using server = await startProcess(directory.path, { under });
      using _ = comeSilently(server.port, 1000);
      await waitFor(async () => !(await isAnswered(server.url)));
      _[Symbol.dispose]();
      await waitFor(() => isAnswered(server.url));
      expect(server.stdout()).toContain('"connectionsMax":350');
    },
    TEST_MS_MAX,
  );
});
