/** `POST /admin/api/fold`: what a recorded session gives is what it gives once it is stored, and nothing is stored. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ADMIN_HEADERS, eventAt, sessionStart, sidOf, startTestServer, type TestServer } from "../support/server.ts";

async function fold(server: TestServer, body: unknown, query = ""): Promise<Response> {
  return server.post(`/admin/api/fold${query}`, body, ADMIN_HEADERS);
}

// biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
async function folded(server: TestServer, body: unknown, query = ""): Promise<any> {
  const response = await fold(server, body, query);
  expect(response.status).toBe(200);
  return response.json();
}

const GOLDEN: object[] = JSON.parse(readFileSync("test/golden/ios-downloaded.requests.json", "utf8")).requests[0].body;

/** A session in its last second, with some events that count nothing. */
function recorded(pings: number): Record<string, unknown>[] {
  const events = Array.from({ length: pings }, (_, at) => eventAt(at + 2, at % 50 === 7 ? "adStart" : "ping"));
  return [sessionStart(), eventAt(1, "play"), ...events, eventAt(pings + 2, "sessionEnd")];
}

function inSeconds(events: readonly Record<string, unknown>[]): object[] {
  return events.map((event) => {
    const { playhead, ts } = event["playerTime"] as { playhead: number; ts: number };
    return { ...event, playerTime: { playhead, ts: ts / 1000 } };
  });
}

/** Everything but what a store gives by itself. */
// biome-ignore lint/suspicious/noExplicitAny: as above
function said({ session, events, nextCursor, ...numbers }: any) {
  // A recording says nothing of the request that brought it, and its viewer has no hash.
  const { sid, startedAt, closedAt, derived, viewer, ...kept } = session;
  // Only what is stored is dated.
  const own = (flags: string[]) => flags.filter((flag) => flag !== "ts-implausible");
  return {
    ...numbers,
    session: kept,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    events: events.map(({ receivedAt, flags, ...event }: any) => ({ ...event, flags: own(flags) })),
  };
}

describe("folding a recorded session", () => {
  const sessions: readonly (readonly [string, object[]])[] = [
    ["a golden session", GOLDEN],
    ["a short session", recorded(3)],
    ["a session in seconds", inSeconds(recorded(3))],
    ["a session that the Worker folds", recorded(900)],
  ];
  for (const [name, body] of sessions) {
    test(`gives what the page of the stored one has: ${name}`, async () => {
      await using server = await startTestServer();
      const ours = await folded(server, body);
      expect((await server.admin("/admin/api/sessions")).sessions).toEqual([]);
      const sid = sidOf(await server.post("/api/v1/downloaded", body));
      await server.app.work();
      expect(said(ours)).toEqual(said(await server.admin(`/admin/api/sessions/${sid}`)));
      const xdm = await folded(server, body, "?format=xdm");
      expect(xdm.mediaReporting.sessionDetails.mediaStarts).toBe(
        (await server.admin(`/admin/api/sessions/${sid}?format=xdm`)).mediaReporting.sessionDetails.mediaStarts,
      );
    });
  }

  test("takes arrivals for a live session, and closes it as it would have closed", async () => {
    await using server = await startTestServer();
    const nowMs = server.clock.nowMs();
    const live = recorded(3).map((event, at) => ({ ...event, receivedAt: nowMs + at * 1000 }));
    const ended = await folded(server, live);
    expect(ended.session).toMatchObject({ downloaded: false, startedAt: nowMs, closeReason: "session-end" });
    expect(ended.events.map(({ receivedAt }: { receivedAt: number }) => receivedAt)).toEqual(
      live.map(({ receivedAt }) => receivedAt),
    );
    const silent = await folded(server, live.slice(0, -1));
    expect(silent.session).toMatchObject({ closeReason: "idle-timeout", closedAt: nowMs + 4000 + 600_000 });
  });

  test("takes the lines of an export of one session, and gives the very page", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.add(sid, eventAt(1, "play"));
    await server.add(sid, eventAt(5, "ping", { params: { odd: 1 } }));
    await server.add(sid, eventAt(9, "sessionEnd"));
    await server.app.work();
    const lines = await (await fetch(`${server.url}/admin/api/export/events`, { headers: ADMIN_HEADERS })).text();
    expect(await folded(server, lines)).toEqual(await server.admin(`/admin/api/sessions/${sid}`));
  });

  const refused: readonly (readonly [string, unknown, string, string])[] = [
    ["no start", [eventAt(1, "play")], "/0/eventType", "begins with sessionStart"],
    ["an unknown type", [sessionStart(), eventAt(1, "plaay")], "/1/eventType", "did you mean play"],
    ["arrivals on some events", [sessionStart(), { ...eventAt(1, "play"), receivedAt: 5 }], "/1/receivedAt", "on none"],
    ["an arrival that is no integer", [{ ...sessionStart(), receivedAt: "5" }], "/0/receivedAt", "must be integer"],
    ["text that is no JSON", '[{"eventType": }]', "", "line 1, column 16"],
    [
      "a second line that is no JSON",
      '{"eventType":"sessionStart"}\n{"a":1,}\n',
      "",
      "line 2, column 8: a comma before }",
    ],
    ["a line that is no object", "5\n", "", "Line 1 is no JSON object"],
    ["nothing", "", "", "A recording is an array of events, or has one event in each line; this one has none"],
    [
      "one event over several lines",
      '{\n  "eventType": "sessionStart"\n}',
      "",
      "The body is not JSON: line 1, column 2: the body ends where a key or } is due. A recording is an array",
    ],
    ["an export line of a newer version", { sid: "0".repeat(64), type: "play", mood: 1 }, "/0/mood", "newer"],
  ];
  for (const [name, body, pointer, words] of refused) {
    test(`is refused with ${name}`, async () => {
      await using server = await startTestServer();
      const response = await fold(server, body);
      expect(response.status).toBe(400);
      const { errors } = (await response.json()) as { errors: { pointer: string; message: string }[] };
      expect(errors[0]).toMatchObject({ pointer, message: expect.stringContaining(words) });
    });
  }

  test("is refused for the lines of two sessions", async () => {
    await using server = await startTestServer();
    await server.open();
    await server.open();
    const lines = await (await fetch(`${server.url}/admin/api/export/events`, { headers: ADMIN_HEADERS })).text();
    expect(await (await fold(server, lines)).json()).toMatchObject({
      errors: [{ pointer: "/1/sid", message: expect.stringContaining("one session") }],
    });
  });

  test("is refused over the bounds of downloaded content", async () => {
    await using server = await startTestServer({ config: { arrayBytesMax: 4096, arrayEventsMax: 100 } });
    expect((await fold(server, recorded(900))).status).toBe(413);
    const lines = Array.from({ length: 101 }, () => '{"a":1}').join("\n");
    expect((await fold(server, lines)).status).toBe(400);
  });
});
