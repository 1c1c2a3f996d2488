/** What an import refuses: bad lines, one by one, and files that are no export of events of this version. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MIB } from "../../src/base/units.ts";
import { HOSTILE_TEXTS } from "../support/hostile-texts.ts";
import { eventAt, startTestServer, type TestServer } from "../support/server.ts";
import { exported, imported } from "./moved.ts";

/** What a server exports of one session with a start, a `play` and a `sessionEnd`, as objects. */
// biome-ignore lint/suspicious/noExplicitAny: a test spoils the members that it names
async function goodLines(server: TestServer): Promise<any[]> {
  const sid = await server.open();
  await server.add(sid, eventAt(1, "play"));
  await server.add(sid, eventAt(9, "sessionEnd"));
  return (await exported(server))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((line) => line.sid === sid);
}

function textOf(lines: readonly (object | string)[]): string {
  return lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
}

/** Each spoils the line of the `play`, which then is the only one that isn't stored. */
// biome-ignore lint/suspicious/noExplicitAny: as above
const BAD: readonly (readonly [name: string, spoil: (line: any) => object | string, words: string])[] = [
  ["half a line", (line) => JSON.stringify(line).slice(0, 90), "is not JSON"],
  ["what is no object", () => "[]", "An event is a JSON object"],
  ["no text", () => '"\\u0000"', "An event is a JSON object"],
  ["an id that is none", (line) => ({ ...line, sid: "x" }), "/sid"],
  ["a place that is none", (line) => ({ ...line, seq: -1 }), "/seq"],
  ["an arrival that is none", (line) => ({ ...line, receivedAt: "now" }), "/receivedAt"],
  ["an unknown type", (line) => ({ ...line, type: "plaay" }), "/type"],
  ["an older name of a type", (line) => ({ ...line, type: "contentComplete" }), "/type"],
  ["a ts with a fraction", (line) => ({ ...line, ts: 1.5 }), "/ts"],
  ["a ts out of range", (line) => ({ ...line, ts: 1e300 }), "/ts"],
  ["a playhead that is a text", (line) => ({ ...line, playhead: "1" }), "/playhead"],
  ["parameters that are a list", (line) => ({ ...line, params: [1] }), "/params"],
  ["a nested parameter", (line) => ({ ...line, params: { a: { b: 1 } } }), "/params"],
  ["metadata with an object", (line) => ({ ...line, customMetadata: { a: {} } }), "/customMetadata"],
  ["unknown members that are nested", (line) => ({ ...line, unknownMembers: { a: {} } }), "/unknownMembers"],
  ["flags that are no list", (line) => ({ ...line, flags: "x" }), "/flags"],
  ["flags that are no texts", (line) => ({ ...line, flags: [1] }), "/flags"],
  [
    "derived words that are no start's",
    (line) => ({ ...line, derived: { "edge.client": "ios" } }),
    "only a sessionStart",
  ],
  ["derived words that are not known", (line) => ({ ...line, derived: { mood: "good" } }), "/derived"],
  ["a text that is too long", (line) => ({ ...line, params: { a: "x".repeat(9000) } }), "more than 8192 bytes"],
  ["NUL in a text", (line) => ({ ...line, params: { a: "\0" } }), "NUL"],
  ["NUL in a flag", (line) => ({ ...line, flags: ["\0"] }), "/flags"],
  ["half of a surrogate pair", (line) => JSON.stringify({ ...line, flags: ["\ud800"] }), "/flags"],
  ["deep nesting", () => `{"a":${"[".repeat(20_000)}`, "nested"],
];

// Shared: each test that uses them has a session of its own.
let source: TestServer;
let target: TestServer;
beforeAll(async () => {
  source = await startTestServer();
  target = await startTestServer();
});
afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

describe("a bad line of an import", () => {
  for (const [name, spoil, words] of BAD) {
    test(`is passed over: ${name}`, async () => {
      const [start, play, end] = await goodLines(source);
      const summary = await imported(target, textOf([start, "", spoil(play), end]));
      expect(summary).toMatchObject({
        status: 200,
        lines: 4,
        refused: 1,
        sessions: { stored: 1 },
        events: { stored: 1 },
      });
      expect(summary.problems).toEqual([{ line: 3, message: expect.stringContaining(words) }]);
    });
  }
});

describe("a bad line of an import into a server of its own", () => {
  test("is passed over: one that is too long, of which nothing is held", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer({ config: { arrayBytesMax: 65_536 } });
    const [start, play, end] = await goodLines(source);
    const piece = Buffer.alloc(MIB, "x");
    let pieces = 0;
    const before = process.memoryUsage.rss();
    let most = 0;
    const body = new ReadableStream({
      pull(controller) {
        most = Math.max(most, process.memoryUsage.rss() - before);
        if (pieces === 0) controller.enqueue(Buffer.from(textOf([start, play])));
        else if (pieces < 400) controller.enqueue(piece);
        else {
          controller.enqueue(Buffer.from(`\n${textOf([end])}`));
          controller.close();
        }
        pieces += 1;
      },
    });
    const summary = await imported(target, body);
    expect(summary).toMatchObject({ lines: 4, refused: 1, events: { stored: 2 } });
    expect(summary.problems).toEqual([{ line: 3, message: "is longer than 131072 bytes" }]);
    expect(most).toBeLessThan(150 * MIB);
  }, 60_000);

  test("ends a strict import, and what came before it stays or comes again", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer();
    const [start, play, end] = await goodLines(source);
    const refused = await imported(target, textOf([start, "{}", play, end]), "?strict=true");
    expect(refused).toMatchObject({ status: 400, message: expect.stringContaining("line 2") });
    expect(await imported(target, textOf([start, play, end]))).toMatchObject({ refused: 0 });
    expect(await exported(target)).toBe(textOf([start, play, end]));
  });

  test("is one of a session that isn't there, or whose start comes later", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer();
    const [start, play, end] = await goodLines(source);
    const summary = await imported(target, textOf([play, start, end]));
    expect(summary).toMatchObject({ refused: 1, sessions: { stored: 1 }, events: { stored: 1 } });
    expect(summary.problems[0]).toEqual({ line: 1, message: expect.stringContaining("sessionStart") });
  });

  test("is a start under the id of another session, with all events behind it", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer();
    const [start, play, end] = await goodLines(source);
    await imported(target, textOf([start, play, end]));
    const other = { ...start, params: { ...start.params, "media.id": "another" } };
    const summary = await imported(target, textOf([other, { ...play, ts: play.ts + 1 }]));
    expect(summary).toMatchObject({ refused: 2, sessions: { stored: 0 }, events: { stored: 0 } });
    expect(summary.problems.map(({ message }: { message: string }) => message)).toEqual([
      "is refused: another session has this id here",
      "is refused: its session's start was refused",
    ]);
    expect(await imported(target, textOf([start, play, end, other]))).toMatchObject({ refused: 1 });
    expect(await exported(target)).toBe(textOf([start, play, end]));
  });

  test("is a start that says otherwise how its session closed", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer();
    const [start, play, end] = await goodLines(source);
    await imported(target, textOf([start, play, end]));
    const other = { ...start, session: { ...start.session, closedAt: 5 } };
    expect(await imported(target, textOf([other, play]))).toMatchObject({
      refused: 1,
      events: { present: 1 },
      problems: [{ line: 1, message: "is refused: its session has closed otherwise here" }],
    });
  });

  test("is an event for which its session has no room here", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer({ config: { sessionEventsMax: 100 } });
    const [start, play] = await goodLines(source);
    const many = Array.from({ length: 120 }, (_, at) => ({ ...play, seq: at + 1, ts: play.ts + at }));
    expect(await imported(target, textOf([start, ...many]))).toMatchObject({ refused: 21, events: { stored: 99 } });
  });

  test("is a start for which there is no room among the open sessions", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer({ config: { openSessionsMax: 2 } });
    for (const _ of [1, 2, 3]) await source.open();
    const summary = await imported(target, await exported(source));
    expect(summary).toMatchObject({ refused: 1, sessions: { stored: 2 } });
    expect(summary.problems[0].message).toContain("more sessions would be open");
  });

  test("may have any text, and nothing of it is run or lost", async () => {
    await using source = await startTestServer();
    await using target = await startTestServer();
    const [start, play] = await goodLines(source);
    const texts = HOSTILE_TEXTS.map(({ text }) => text).filter((text) => text.isWellFormed() && !text.includes("\0"));
    const lines = texts.map((text, at) => ({ ...play, seq: at + 1, params: { text }, flags: [] }));
    expect(await imported(target, textOf([start, ...lines]))).toMatchObject({ refused: 0 });
    expect(await exported(target)).toBe(textOf([start, ...lines]));
  });
});

describe("a file that is no export of events of this version", () => {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const files: readonly (readonly [string, (lines: any[]) => string, string])[] = [
    ["of a newer version", ([start, play]) => textOf([start, { ...play, mood: "good" }]), "line 2 /mood"],
    [
      "of a newer version's sessions",
      ([start]) => textOf([{ ...start, session: { ...start.session, x: 1 } }]),
      "/session/x",
    ],
    ["as CSV", () => "sid,seq,type\r\n1,2,3\r\n", "this is CSV"],
    ["as Parquet", () => "PAR1\u0015\u0004", "this is Parquet"],
  ];
  for (const [name, make, words] of files) {
    test(`is refused: ${name}`, async () => {
      const answer = await imported(target, make(await goodLines(source)));
      expect(answer).toMatchObject({ status: 400, code: "invalid-body", message: expect.stringContaining(words) });
    });
  }

  test("is refused: an export of sessions", async () => {
    await goodLines(source);
    const answer = await imported(source, await exported(source, "sessions"));
    expect(answer).toMatchObject({ status: 400, message: expect.stringContaining("no export of events") });
  });

  test("is refused over its bound in bytes, and when it brings nothing", async () => {
    await using target = await startTestServer({ config: { importBytesMax: MIB, bodySecondsMax: 1 } });
    expect(await imported(target, "\n".repeat(MIB + 1))).toMatchObject({ status: 413, code: "body-too-large" });
    const silent = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("\n")) });
    expect(await imported(target, silent)).toMatchObject({ status: 408, code: "body-too-slow" });
    expect(await imported(target, "")).toMatchObject({ status: 200, lines: 0 });
  });
});
