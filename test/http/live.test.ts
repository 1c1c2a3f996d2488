/** Live numbers and the tail over real sockets. */

import { describe, expect, test } from "bun:test";
import { MINUTE_MS } from "../../src/base/units.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  ON_POSTGRES,
  sessionStart,
  startTestServer,
  type TestServer,
  TS,
} from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

interface Heard {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it reads
  readonly data: any;
}

/** Reads an event stream until it is disposed of. */
class Reader implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly status: number;
  ended = false;
  readonly #reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> };

  private constructor(response: Response) {
    this.status = response.status;
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
    void this.#read();
  }

  static async open(server: TestServer, path: string): Promise<Reader> {
    return new Reader(await fetch(server.url + path, { headers: ADMIN_HEADERS }));
  }

  of(event: string): Heard["data"][] {
    return this.heard.filter((each) => each.event === event).map(({ data }) => data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    while (true) {
      const { done, value } = await this.#reader.read().catch(() => ({ done: true, value: undefined }));
      if (done) break;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (event && data) this.heard.push({ event, data: JSON.parse(data) });
      }
    }
    this.ended = true;
  }
}

const snapshotOf = (server: TestServer) => server.admin("/admin/api/live/snapshot");

// Nodes read live numbers from their store each second, as test/nodes/two-nodes.test.ts shows.
const describeLive = describe.if(!ON_POSTGRES);

describeLive("the snapshot", () => {
  test("counts sessions by what they do, and forgets closed ones", async () => {
    await using server = await startTestServer();
    const one = await server.open(sessionStart({ "media.name": "Film" }));
    const two = await server.open(sessionStart({ "media.name": "Film" }));
    const three = await server.open(sessionStart({ "media.id": "other" }));
    await server.add(one, eventAt(1, "play"));
    await server.add(two, eventAt(1, "play"));
    await server.add(two, eventAt(2, "pauseStart"));
    await server.add(
      three,
      eventAt(1, "adBreakStart", { params: { "media.ad.podIndex": 0, "media.ad.podSecond": 0 } }),
    );
    await server.add(three, eventAt(2, "adStart", { params: { "media.ad.id": "ad" } }));
    await server.add(one, eventAt(3, "error"));
    await server.post("/api/v1/sessions", { nothing: true });
    expect(await snapshotOf(server)).toMatchObject({
      openSessions: 3,
      playing: 2,
      paused: 1,
      buffering: 0,
      inAds: 1,
      startsPerMinute: 3,
      eventsPerMinute: 6,
      errorsPerMinute: 1,
      rejectedPerMinute: 1,
      topTitles: [
        { title: "Film", id: "content-1", playing: 1 },
        { title: "other", id: "other", playing: 1 },
      ],
    });
    await server.add(one, eventAt(4, "sessionEnd"));
    server.clock.pass(700_000);
    await server.app.work();
    const after = await snapshotOf(server);
    expect(after).toMatchObject({
      openSessions: 0,
      playing: 0,
      paused: 0,
      inAds: 0,
      startsPerMinute: 0,
      topTitles: [],
    });
    expect(after.minutes).toHaveLength(60);
    expect(after.minutes.reduce((sum: number, { starts }: { starts: number }) => sum + starts, 0)).toBe(3);
  });

  test("counts no session as playing for a late event after its close", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.add(sid, eventAt(9, "sessionEnd"));
    expect(await server.add(sid, eventAt(5, "play"))).toBe(204);
    expect(await snapshotOf(server)).toMatchObject({ openSessions: 0, playing: 0, eventsPerMinute: 2 });
  });

  test("counts a session that has played to its end as completed, until it plays again", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    const shown = async () => {
      const { session } = await server.admin(`/admin/api/sessions/${sid}`);
      const { sessions } = await server.admin("/admin/api/sessions");
      const { openSessions, completed, playing } = await snapshotOf(server);
      expect(sessions[0].completed).toBe(session.completed);
      return [session.status, session.completed, openSessions, completed, playing];
    };
    await server.add(sid, eventAt(1, "play"));
    expect(await shown()).toEqual(["open", false, 1, 0, 1]);
    await server.add(sid, eventAt(60, "sessionComplete"));
    expect(await shown()).toEqual(["open", true, 1, 1, 0]);
    // A moving playhead would mean that it plays again.
    const atTheEnd = (second: number) => ({ playerTime: { playhead: 60, ts: TS + second * 1000 } });
    await server.add(sid, eventAt(61, "ping", atTheEnd(61)));
    expect(await shown()).toEqual(["open", true, 1, 1, 0]);
    const params = { "media.ad.podIndex": 0, "media.ad.podSecond": 0 };
    await server.add(sid, eventAt(62, "adBreakStart", { params, ...atTheEnd(62) }));
    expect(await shown()).toEqual(["open", false, 1, 0, 0]);
    await server.add(sid, eventAt(63, "adBreakComplete", atTheEnd(63)));
    expect(await shown()).toEqual(["open", true, 1, 1, 0]);
    await server.add(sid, eventAt(70, "play"));
    expect(await shown()).toEqual(["open", false, 1, 0, 1]);
    await server.add(sid, eventAt(80, "sessionComplete"));
    await server.add(sid, eventAt(81, "sessionEnd"));
    expect(await shown()).toEqual(["closed", false, 0, 0, 0]);
  });

  test("adopts the fold of a session that a reader opens: its order by `ts`, and what a restart forgot", async () => {
    await using server = await startTestServer();
    const sid = await server.open(sessionStart({ "media.name": "Film" }));
    await server.add(sid, eventAt(5, "pauseStart"));
    // Late by arrival, early by its own clock: the viewer pauses.
    await server.add(sid, eventAt(1, "play"));
    expect(await snapshotOf(server)).toMatchObject({ playing: 1, paused: 0 });
    await server.admin(`/admin/api/sessions/${sid}`);
    expect(await snapshotOf(server)).toMatchObject({ playing: 0, paused: 1 });
    await server.restart();
    expect(await snapshotOf(server)).toMatchObject({ openSessions: 1, paused: 0 });
    await server.admin("/admin/api/sessions");
    expect(await snapshotOf(server)).toMatchObject({ openSessions: 1, paused: 1 });
    await server.add(sid, eventAt(9, "play"));
    expect(await snapshotOf(server)).toMatchObject({ playing: 1, topTitles: [{ title: "Film", playing: 1 }] });
  });

  test("knows open sessions after a restart, and what they do from their next events on", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.add(sid, eventAt(1, "play"));
    await server.restart();
    expect(await snapshotOf(server)).toMatchObject({ openSessions: 1, playing: 0 });
    await server.add(sid, eventAt(11, "ping"));
    expect(await snapshotOf(server)).toMatchObject({ openSessions: 1, playing: 1 });
  });

  test("forgets an erased session", async () => {
    await using server = await startTestServer();
    const sid = await server.open(sessionStart({ "analytics.visitorId": "ann" }));
    await server.add(sid, eventAt(1, "play"));
    await fetch(`${server.url}/admin/api/visitors/ann`, {
      method: "DELETE",
      headers: ADMIN_HEADERS,
    });
    expect(await snapshotOf(server)).toMatchObject({ openSessions: 0, playing: 0, topTitles: [] });
  });
});

describeLive("the stream of snapshots", () => {
  test("begins at once and goes on each second, with the trouble in between", async () => {
    await using server = await startTestServer();
    await using reader = await Reader.open(server, "/admin/api/live");
    await waitFor(() => reader.of("snapshot").length > 0);
    expect(reader.of("snapshot")[0]).toMatchObject({ openSessions: 0 });
    const sid = await server.open();
    await server.add(sid, eventAt(1, "play"));
    const qoeData = { "media.qoe.errorID": "stalled", "media.qoe.errorSource": "player" };
    for (let second = 2; second < 9; second += 1) await server.add(sid, eventAt(second, "error", { qoeData }));
    await server.post("/api/v1/sessions", "{ not JSON");
    server.clock.pass(1000);
    await server.post("/api/v1/sessions", "{ not JSON either");
    await waitFor(() => reader.of("snapshot").some(({ openSessions }) => openSessions === 1));
    await waitFor(() => reader.of("rejected").length === 1);
    expect(reader.of("event").map(({ sid, type, playhead }) => [sid, type, playhead])).toEqual(
      [2, 3, 4, 5, 6].map((second) => [sid, "error", second]),
    );
    expect(reader.of("dropped")).toEqual([{ count: 3 }]);
    expect(reader.of("rejected")).toMatchObject([{ status: 400, bodyText: "{ not JSON either" }]);
  });

  test("is limited in number, and makes room when its reader leaves", async () => {
    await using server = await startTestServer({ config: { liveViewersMax: 1 } });
    const first = await Reader.open(server, "/admin/api/live");
    const refused = await fetch(`${server.url}/admin/api/live`, { headers: ADMIN_HEADERS });
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "1"]);
    await first[Symbol.asyncDispose]();
    await waitFor(async () => {
      await using next = await Reader.open(server, "/admin/api/live");
      return next.status === 200;
    });
  });

  test("ends with the server, which doesn't wait for it", async () => {
    await using server = await startTestServer();
    const readers = [await Reader.open(server, "/admin/api/live"), await Reader.open(server, "/admin/api/live/tail")];
    const sinceMs = performance.now();
    await server.app.stop();
    expect(performance.now() - sinceMs).toBeLessThan(4000);
    await waitFor(() => readers.every(({ ended }) => ended));
  });
});

describeLive("the tail", () => {
  test("shows each session, each event, and each refusal with its faults", async () => {
    await using server = await startTestServer();
    await using reader = await Reader.open(server, "/admin/api/live/tail");
    const sid = await server.open(sessionStart({ "media.name": "<b>Film</b>" }));
    await server.add(sid, eventAt(1, "play", { params: { "media.unknown": 1 } }));
    await server.post(`/api/v1/sessions/${sid}/events`, { eventType: "ping", playerTime: { playhead: "x", ts: 1 } });
    await server.post("/api/v1/sessions", "{ not JSON");
    await server.add("0".repeat(64), eventAt(1, "play"));
    await server.add(sid, eventAt(9, "sessionEnd"));
    await waitFor(() => reader.of("session").some(({ what }) => what === "closed"));
    expect(reader.of("session")).toMatchObject([
      { sid, what: "opened", mediaName: "<b>Film</b>", playerName: "test-player" },
      { sid, what: "closed", reason: "session-end" },
    ]);
    expect(reader.of("event")).toMatchObject([
      { sid, type: "sessionStart" },
      { sid, type: "play", playhead: 1, params: { "media.unknown": 1 }, flags: ["unknown-parameter:media.unknown"] },
      { sid, type: "sessionEnd" },
    ]);
    expect(reader.of("rejected")).toMatchObject([
      { sid, status: 400, code: "invalid-body", errors: [{ pointer: "/playerTime/playhead" }] },
      { method: "POST", path: "/api/v1/sessions", status: 400, bodyText: "{ not JSON" },
      { status: 404, code: "session-not-found", sid: "0".repeat(64) },
    ]);
    expect(reader.heard.at(0)?.data.at).toBe(server.clock.nowMs());
  });

  test("begins with what was refused in the last ten minutes, until a visitor is erased", async () => {
    await using server = await startTestServer();
    await server.post("/api/v1/sessions", "{ too long ago");
    server.clock.pass(10 * MINUTE_MS + 1);
    await server.post("/api/v1/sessions", "{ not JSON");
    for (const path of ["/admin/api/live/tail", "/admin/api/live"]) {
      await using reader = await Reader.open(server, path);
      await waitFor(() => reader.of("earlier").length > 0);
      expect(reader.of("earlier")).toMatchObject([{ rejected: [{ status: 400, bodyText: "{ not JSON" }] }]);
    }
    await fetch(`${server.url}/admin/api/visitors/unknown-visitor`, { method: "DELETE", headers: ADMIN_HEADERS });
    await using reader = await Reader.open(server, "/admin/api/live/tail");
    const sid = await server.open();
    await waitFor(() => reader.of("session").some((said) => said["sid"] === sid));
    expect(reader.of("earlier")).toEqual([]);
  });

  test("shows a session that closes for want of room, and the refused event", async () => {
    await using server = await startTestServer({ config: { sessionEventsMax: 100 } });
    const sid = await server.open();
    for (let second = 1; second < 100; second += 1) await server.add(sid, eventAt(second, "ping"));
    await using reader = await Reader.open(server, "/admin/api/live/tail");
    await server.add(sid, eventAt(100, "ping"));
    await waitFor(() => reader.of("rejected").length === 1);
    expect(reader.of("session")).toMatchObject([{ sid, what: "closed", reason: "limit" }]);
    expect(reader.of("rejected")).toMatchObject([{ sid, status: 410, code: "session-closed" }]);
  });

  test("leaves out other sessions and players", async () => {
    await using server = await startTestServer();
    const mine = await server.open();
    const other = await server.open(sessionStart({ "media.playerName": "tv" }));
    await using bySid = await Reader.open(server, `/admin/api/live/tail?sid=${mine}`);
    await using byPlayer = await Reader.open(server, "/admin/api/live/tail?player=tv");
    await using all = await Reader.open(server, "/admin/api/live/tail");
    await server.add(mine, eventAt(1, "play"));
    await server.add(other, eventAt(2, "play"));
    await waitFor(() => bySid.heard.length === 1 && byPlayer.heard.length === 1);
    expect([bySid, byPlayer].map(({ heard }) => heard.map(({ data }) => data.sid))).toEqual([[mine], [other]]);
    // Refused starts have no session: their bodies say whose they are, if they can be read that far.
    for (const body of [
      '{"params":{"media.playerName":"phone"',
      "{}",
      '{"params":{"media.playerName" : "t\\u0076", "media',
    ]) {
      await server.post("/api/v1/sessions", body);
    }
    await waitFor(() => all.heard.length === 5 && byPlayer.heard.length === 3);
    expect(byPlayer.of("rejected").map(({ playerName }) => playerName)).toEqual([null, "tv"]);
    expect(bySid.of("rejected")).toEqual([]);
  });

  test("sends a reader five hundred events a second, and counts the rest", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await using reader = await Reader.open(server, "/admin/api/live/tail");
    await Promise.all(Array.from({ length: 620 }, (_, at) => server.add(sid, eventAt(at + 1, "ping"))));
    await waitFor(() => reader.of("event").length === 500);
    server.clock.pass(1000);
    await server.add(sid, eventAt(700, "ping"));
    await waitFor(() => reader.of("event").length === 501);
    expect(reader.of("dropped")).toEqual([{ count: 120 }]);
  });

  test("needs the token, and knows its parameters", async () => {
    await using server = await startTestServer();
    for (const path of ["/admin/api/live", "/admin/api/live/tail", "/admin/api/live/snapshot"]) {
      expect((await fetch(server.url + path)).status).toBe(401);
    }
    expect(await server.admin("/admin/api/live/tail?nothing=1")).toMatchObject({
      message: 'Unknown query parameter "nothing"; this path takes sid, player',
    });
  });
});
