/** Openings under a key: whoever asks again gets the same session, and nobody else does. */

import { describe, expect, test } from "bun:test";
import { createRepeats } from "../../src/http/repeats.ts";
import { EVENT_EXAMPLES } from "../../src/protocol/collection/examples.ts";
import { sidOf, startTestServer } from "../support/server.ts";

const KEY = "0123456789abcdef";

function requestWith(key: string): Request {
  return new Request("http://playhead.invalid", { headers: { "Idempotency-Key": key } });
}

describe("an opening", () => {
  test("under a key that is known gives the same session, on both paths", async () => {
    await using server = await startTestServer();
    const open = async (key: string, path = "/api/v1/sessions") =>
      sidOf(await server.post(path, EVENT_EXAMPLES.sessionStart, { "Idempotency-Key": key }));
    const sid = await open(KEY);
    expect(await open(KEY)).toBe(sid);
    expect(await open(`${KEY}-2`)).not.toBe(sid);
    const whole = async () =>
      sidOf(await server.post("/api/v1/downloaded", [EVENT_EXAMPLES.sessionStart], { "Idempotency-Key": `${KEY}-3` }));
    expect(await whole()).toBe(await whole());
    const { sessions } = await server.admin("/admin/api/sessions");
    expect(sessions.length).toBe(3);
  });

  test("has its key in place of its sid, for a client that goes before it is answered", async () => {
    await using server = await startTestServer();
    const { sessionStart, play } = EVENT_EXAMPLES;
    const sid = sidOf(await server.post("/api/v1/sessions", sessionStart, { "Idempotency-Key": KEY }));
    expect((await server.post(`/api/v1/sessions/${KEY}/events`, play)).status).toBe(204);
    expect((await server.post(`/api/v1/sessions/${KEY}-2/events`, play)).status).toBe(404);
    const { events } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(events.map(({ type }: { type: string }) => type)).toEqual(["sessionStart", "play"]);
  });

  test("under a key that could be guessed, or under none, is an opening of its own", async () => {
    await using server = await startTestServer();
    const open = async (headers: Record<string, string>) =>
      sidOf(await server.post("/api/v1/sessions", EVENT_EXAMPLES.sessionStart, headers));
    expect(await open({ "Idempotency-Key": "1" })).not.toBe(await open({ "Idempotency-Key": "1" }));
    expect(await open({})).not.toBe(await open({}));
  });

  test("that failed may be asked for again", async () => {
    const repeats = createRepeats();
    await expect(repeats.once(requestWith(KEY), () => Promise.reject(new Error("full")))).rejects.toThrow("full");
    expect(await repeats.once(requestWith(KEY), () => Promise.resolve("sid"))).toBe("sid");
  });

  test("is forgotten when many others came after it", async () => {
    const repeats = createRepeats(2);
    const opened: string[] = [];
    const open = (key: string) =>
      repeats.once(requestWith(KEY + key), async () => {
        opened.push(key);
        return key;
      });
    for (const key of ["a", "b", "b", "a", "c", "a"]) await open(key);
    expect(opened).toEqual(["a", "b", "c", "a"]);
  });
});
