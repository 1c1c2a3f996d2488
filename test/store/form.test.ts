/** The stored form of events: what is read back is what was written, and what can't be read says so. */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createParser } from "../../src/protocol/collection/parse.ts";
import { PARAMETERS } from "../../src/protocol/parameters.ts";
import { membersOf, textOf } from "../../src/store/event-text.ts";
import { FormError, readForm, writeForm, writeWire } from "../../src/store/form.ts";
import { liveStart, running, sessionEnd, text } from "../protocol/bodies.ts";
import { sized } from "../support/effort.ts";
import { arrivedAt } from "./writes.ts";

const EVENTS = sized({ full: 100_000, fast: 1500 });
const LIMITS = { textBytesMax: 8192, keysMax: 256, depthMax: 6 };
const GOLDEN = "test/golden";

const parser = createParser({ mode: "standard", limits: LIMITS as never, eventsMax: 1000 });

/** What Media Edge adds, and keys that no catalogue has. */
const beside = fc.record(
  {
    requestId: text,
    xdm: fc.jsonValue().map((value) => ({ _id: JSON.parse(JSON.stringify(value)) })),
    derived: fc.record({ "edge.client": text, "edge.configId": text }, { requiredKeys: [], noNullPrototype: true }),
    unknownMembers: fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true }), fc.integer(), fc.boolean()), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** Whether an event comes back from its stored text as it went in. */
function comesBack(event: Parameters<typeof textOf>[0]): boolean {
  const { type, tsMs, playheadMs, ...members } = event;
  return Bun.deepEquals({ ...membersOf(textOf(event)) }, members);
}

/** The bodies in a file of recorded requests, whatever its shape. */
function bodiesIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return "eventType" in value ? [value] : Object.values(value).flatMap(bodiesIn);
}

describe("an event's stored form", () => {
  test(
    "gives back every event that a player may send",
    () => {
      fc.assert(
        fc.property(fc.oneof(liveStart, running, sessionEnd), beside, (body, more) => {
          const standing = body.eventType === "sessionStart" ? "opening" : "running";
          const parsed = parser.parseValue(JSON.parse(JSON.stringify(body)), standing, "");
          if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
          expect(comesBack(parsed.value)).toBe(true);
          expect(comesBack({ ...parsed.value, ...more })).toBe(true);
        }),
        { numRuns: EVENTS },
      );
    },
    sized({ full: 600_000, fast: 30_000 }),
  );

  test("gives back every recorded event", () => {
    const files = readdirSync(GOLDEN, { recursive: true }).filter((file) => String(file).endsWith(".json"));
    const bodies = files.flatMap((file) => bodiesIn(JSON.parse(readFileSync(join(GOLDEN, String(file)), "utf8"))));
    expect(bodies.length).toBeGreaterThan(1000);
    let parsed = 0;
    for (const body of bodies) {
      const standing = (body as { eventType: string }).eventType === "sessionStart" ? "opening" : "running";
      const event = parser.parseValue(body, standing, "");
      if ("problems" in event) continue;
      parsed += 1;
      expect(comesBack(event.value)).toBe(true);
    }
    expect(parsed).toBeGreaterThan(bodies.length / 2);
  });

  test.each<[string, Record<string, unknown>]>([
    [
      "numbers at every edge",
      Object.fromEntries([-0, 0, 1, 55_294, 55_295, -1, 0.1, 1e300, 2 ** 53].map((n, at) => [`n${at}`, n])),
    ],
    [
      "texts at every length",
      Object.fromEntries([0, 1, 111, 239, 240, 55_279, 55_280, 70_000].map((n) => [`t${n}`, "é".repeat(n)])),
    ],
    [
      "digits of every number",
      Object.fromEntries([1, 7, 8, 9, 38, 127, 128, 300].map((n) => [`d${n}`, "0".repeat(n - 1) + (n % 10)])),
    ],
    [
      "texts that look like digits",
      { sign: "-12345678", mixed: "1234x5678", wide: "\uff11".repeat(9), ends: "12345678 " },
    ],
    ["a key called __proto__", JSON.parse('{"__proto__":"x","constructor":true}')],
    ["keys of a thousand characters", { ["k".repeat(1000)]: "" }],
    ["no key at all", {}],
  ])("gives back %s", (_, entries) => {
    for (const member of ["params", "unknownMembers", "customMetadata"]) {
      const members = { [member]: entries };
      const read = readForm(writeForm(members) ?? "");
      expect(Bun.deepEquals(read, members, true)).toBe(true);
      expect(Object.keys(Object.values(read)[0] ?? {})).toEqual(Object.keys(entries));
    }
  });

  test("takes a documented key for one character", () => {
    const long = writeForm({ params: Object.fromEntries(PARAMETERS.map(({ key }) => [key, true])) });
    expect(Buffer.byteLength(long ?? "")).toBe(3 + 2 * PARAMETERS.length);
  });

  test("takes two digits, or a derived word, for one character, and is ASCII where its texts are", () => {
    const digits = "0123456789".repeat(4);
    expect(writeForm({ params: { "analytics.visitorId": digits } })?.length).toBe(3 + 1 + 2 + digits.length / 2);
    const derived = { "viewer.device": "desktop", "viewer.browser": "Samsung Internet", "viewer.country": "DE" };
    expect(writeForm({ derived })?.length).toBe(3 + 3 + 3 + (2 + 2));
    const params = { "media.length": 5400, "media.name": "a name", "analytics.visitorId": digits };
    const xdm = { long: "x".repeat(70_000) };
    for (const members of [
      { params, derived },
      { params: { "media.name": "n".repeat(112) } },
      { requestId: "7", xdm },
    ]) {
      expect(writeForm(members)).toMatch(/^[\0-\x7f]+$/);
      expect(readForm(writeForm(members) ?? "")).toEqual(members);
    }
    expect(writeWire("7", xdm)).toBe(writeForm({ requestId: "7", xdm }));
  });

  test("of a ping without data is none", () => {
    expect(textOf(arrivedAt(1, "ping"))).toEqual({ payload: null, flags: null, wire: null, derived: null, bytes: 0 });
  });

  test("of version 0.1 is read, with its short names and with its long ones", () => {
    const none = { flags: null, wire: null, derived: null };
    const params = { "media.name": "é" };
    const old = membersOf({ ...none, payload: JSON.stringify({ params, qoe: { bitrate: 5 } }) });
    expect(old).toEqual({ params, qoeData: { "media.qoe.bitrate": 5 }, flags: [] });
    const older = membersOf({ ...none, payload: JSON.stringify({ qoeData: { "media.qoe.bitrate": 5 } }) });
    expect(older).toEqual({ qoeData: { "media.qoe.bitrate": 5 }, flags: [] });
    const wire = membersOf({ ...none, payload: "{}", wire: '{"requestId":"7","derived":{"edge.client":"ios"}}' });
    expect(wire).toEqual({ requestId: "7", derived: { "edge.client": "ios" }, flags: [] });
  });

  test("that is cut off anywhere is an error", () => {
    const whole = writeForm({
      params: { "media.name": "a name", "media.length": 5.5, "media.resume": true, "visitor.customerIDs": { a: {} } },
      customMetadata: { own: "x".repeat(300) },
      requestId: "7",
    });
    for (let length = 0; length < (whole ?? "").length; length += 1) {
      expect(() => readForm((whole ?? "").slice(0, length))).toThrow();
    }
    expect(() => readForm(`${whole}x`)).toThrow(FormError);
  });

  test.each([
    ["an unknown form", "\u0007\u0002", "its form is unknown (7)"],
    ["no text", "", "its form is unknown (none)"],
    ["an unknown code of a key", "\u0001\u0003\u7777\u0001\u0002", "its key 30567 is unknown"],
    ["an unknown member", "\u0001\u000c\u0002", "its member 12 is unknown"],
    ["an unknown kind of value", "\u0001\u0003\u0011\u0009\u0002", "its value 9 is unknown"],
    ["an unknown word", "\u0001\u0009\u0013\u0007\u7777\u0002", "its word 30567 is unknown"],
    ["pairs of digits that are none", "\u0001\u0003\u0011\u0008\u0012\u7777\u0002", "digits in it are none"],
    ["digits that are none", "\u0001\u0003\u0011\u0004\u0011x\u0002", "a number in it is none"],
  ])("with %s is an error that says so", (_, form, message) => {
    expect(() => readForm(form)).toThrow(message);
  });
});
