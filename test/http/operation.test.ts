/** What the server does in trouble: health, overload, a failing disk, and clients that misbehave. */

import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { AppError } from "../../src/base/errors.ts";
import type { Settings } from "../../src/config.ts";
import type { JournalStore } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { eventAt, sessionStart, startTestServer } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

type Append = JournalStore["append"];

/** The real store behind another `append`: a slow disk's, or a failing one's. */
function storeWith(front: (append: Append) => Append): (config: Settings) => JournalStore {
  return (config) => {
    const store = openSqliteStore({ path: join(config.dataDir, "playhead.db"), synchronous: "FULL" });
    const append = front(store.append.bind(store));
    return Object.assign(store, { append });
  };
}

/** The real store, whose appends each wait for `gate` first. */
function slowStore(gate: () => Promise<void>): (config: Settings) => JournalStore {
  return storeWith((append) => async (writes) => {
    await gate();
    return append(writes);
  });
}

/** A gate that counts arrivals, and holds them all until it is opened. */
function heldGate() {
  const opened = Promise.withResolvers<void>();
  let reached = 0;
  const pass = () => {
    reached += 1;
    return opened.promise;
  };
  return { pass, reached: () => reached, open: opened.resolve };
}

describe("health", () => {
  test("is shown without a token", async () => {
    await using server = await startTestServer();
    const alive = await fetch(`${server.url}/healthz`);
    expect([alive.status, await alive.json()]).toEqual([200, { status: "ok" }]);
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: "ready", checks: { serving: true, database: true, queue: true } },
    ]);
  });

  test("the landing page names the paths", async () => {
    await using server = await startTestServer();
    const response = await fetch(server.url);
    expect(await response.text()).toContain("POST /api/v1/sessions");
  });
});

describe("overload", () => {
  test("is answered 503 with Retry-After at once, leaves no row, and passes", async () => {
    const gate = heldGate();
    await using server = await startTestServer({ config: { queueEventsMax: 4 }, openStore: slowStore(gate.pass) });
    // The first is being written; four of the others, one event each, may wait.
    const first = server.post("/api/v1/sessions", sessionStart());
    await waitFor(() => gate.reached() === 1);
    const statuses: number[] = [];
    const rest = Array.from({ length: 12 }, async () => {
      const response = await server.post("/api/v1/sessions", sessionStart());
      statuses.push(response.status);
      if (response.status === 503) expect(response.headers.get("retry-after")).toBe("1");
      return response.status;
    });
    await waitFor(() => statuses.length >= 7);
    expect(statuses.every((status) => status === 503)).toBe(true);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    gate.open();
    const answered = [(await first).status, ...(await Promise.all(rest))];
    expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(
      answered.filter((status) => status === 201).length,
    );
    expect(await server.open()).toHaveLength(64);
  });

  test("a write that has waited too long is refused rather than stored late", async () => {
    const gate = heldGate();
    await using server = await startTestServer({ config: { queueEventsMax: 1 }, openStore: slowStore(gate.pass) });
    const first = server.post("/api/v1/sessions", sessionStart());
    await waitFor(() => gate.reached() === 1);
    const second = server.post("/api/v1/sessions", sessionStart());
    // A single waiting write fills this queue.
    await waitFor(async () => !(await fetch(`${server.url}/readyz`)).ok);
    server.clock.pass(4001);
    gate.open();
    expect((await first).status).toBe(201);
    expect((await second).status).toBe(503);
  });
});

describe("a store that fails", () => {
  test("full: 503 and Retry-After, reads go on, and it recovers by itself", async () => {
    let full = false;
    const gate = async () => {
      if (full) throw new AppError("store-full", "Cannot write the database: the disk is full; make room");
    };
    await using server = await startTestServer({ openStore: slowStore(gate) });
    const sid = await server.open();
    full = true;
    const refused = await server.post(`/api/v1/sessions/${sid}/events`, eventAt(1, "sessionEnd"));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await server.admin(`/admin/api/sessions/${sid}`)).session.status).toBe("open");
    full = false;
    expect(await server.add(sid, eventAt(2, "ping"))).toBe(204);
    expect(await server.add(sid, eventAt(3, "sessionEnd"))).toBe(204);
  });

  test("for good: 503, not ready, and its operator is told", async () => {
    let broken = false;
    const gate = async () => {
      if (broken) throw new AppError("store-failed", "Cannot write the database: SQLITE_IOERR_FSYNC");
    };
    await using server = await startTestServer({ openStore: slowStore(gate) });
    const sid = await server.open();
    broken = true;
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(503);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect(server.logged.some((line) => line.includes("SQLITE_IOERR_FSYNC"))).toBe(true);
    broken = false;
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(503);
  });

  test("even at the end: the server stops in order, and says so", async () => {
    let broken = false;
    const failing = async () => {
      if (broken) throw new AppError("store-failed", "Cannot write the database: SQLITE_IOERR_WRITE");
    };
    await using server = await startTestServer({
      openStore: (config) => Object.assign(slowStore(failing)(config), { saveHeads: failing }),
    });
    await server.open();
    broken = true;
    await server.app.stop();
    expect(server.logged.some((line) => line.includes("checkpoint could not be written"))).toBe(true);
    broken = false;
    await server.restart();
    expect((await server.admin("/admin/api/sessions?status=open")).sessions).toHaveLength(1);
  });

  test("by a bug: 500 without details, and the other writes of the batch are stored", async () => {
    const hold = Promise.withResolvers<void>();
    const poisoned = storeWith((append) => async (writes) => {
      await hold.promise;
      if (writes.some(({ start }) => start?.params?.["media.name"] === "poison"))
        throw new Error("secret /path/of/mine");
      return append(writes);
    });
    await using server = await startTestServer({ openStore: poisoned });
    const names = ["good", "good", "poison", "good"];
    const answers = names.map((name) => server.post("/api/v1/sessions", sessionStart({ "media.name": name })));
    hold.resolve();
    const responses = await Promise.all(answers);
    expect(responses.map(({ status }) => status)).toEqual([201, 201, 500, 201]);
    expect(await responses[2]?.text()).toBe('{"code":"internal","message":"The server failed to handle the request"}');
    expect(server.logged.some((line) => line.includes("secret"))).toBe(true);
  });
});

describe("a client that misbehaves", () => {
  const raw: readonly (readonly [string, string, RegExp])[] = [
    [
      "a malformed Host",
      "POST /api/v1/sessions HTTP/1.1\r\nHost: [bad\r\nContent-Length: 2\r\n\r\n{}",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a Host with spaces on an unknown path",
      "GET /nothing HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 40[04] /,
    ],
    [
      "a length that is no number",
      "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n{}",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a length far too large",
      "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
      /^HTTP\/1\.1 413 [\s\S]*Access-Control-Allow-Origin: \*/,
    ],
    [
      "a chunked body over the limit",
      `POST /api/v1/downloaded HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${`10000\r\n${"x".repeat(65536)}\r\n`.repeat(70)}`,
      /^HTTP\/1\.1 413 /,
    ],
  ];
  for (const [name, request, answer] of raw) {
    test(`${name} gets a 4xx`, async () => {
      await using server = await startTestServer();
      expect(await exchange(server.app.port, request)).toMatch(answer);
      expect(await server.open()).toHaveLength(64);
    });
  }

  test("a chunked body within the limit is read", async () => {
    await using server = await startTestServer();
    const body = JSON.stringify(sessionStart());
    const request = `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(await exchange(server.app.port, request)).toMatch(/^HTTP\/1\.1 201 /);
  });

  test("one that leaves in the middle of its body leaves no row and no error", async () => {
    await using server = await startTestServer();
    const socket = connect(server.app.port, "127.0.0.1");
    socket.write("POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.destroy();
    await server.open();
    expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(1);
    expect(server.logged.filter((line) => line.includes('"error"'))).toEqual([]);
  });
});

/** Writes a request byte by byte, and reads until the end of the answer or of the connection. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      if (answer.includes("\r\n\r\n")) socket.end();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", (error) => (answer === "" ? reject(error) : resolve(answer)));
  });
}
