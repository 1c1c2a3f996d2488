/** Names that were mistyped over HTTP: the answer says which was meant. */

import { describe, expect, test } from "bun:test";
import { ADMIN_HEADERS, eventAt, REQUIRED_PARAMS, sessionStart, startTestServer } from "../support/server.ts";

const { "media.length": length, ...others } = REQUIRED_PARAMS;

test("a standard server says of a required key as what it was misspelt", async () => {
  await using server = await startTestServer();
  for (const [sent, words] of [
    ["media.lenght", "is required; did you misspell it as media.lenght?"],
    ["x.other", "is required"],
    ["media.lenght".repeat(500), "is required"],
  ] as const) {
    const start = { ...sessionStart(), params: { ...others, [sent]: length } };
    const answer = await server.post("/api/v1/sessions", start);
    const { errors } = (await answer.json()) as { errors: object[] };
    const missing = { pointer: "/params/media.length", code: "required", message: words };
    expect([answer.status, errors]).toEqual([400, [missing]]);
  }
});

test("a standard server says as what a member of the envelope was misspelt", async () => {
  await using server = await startTestServer();
  const { eventType, playerTime, params } = sessionStart();
  for (const [body, pointer, misspelt] of [
    [{ eventTyp: eventType, playerTime, params }, "/eventType", "eventTyp"],
    [{ eventType, playerTme: playerTime, params }, "/playerTime", "playerTme"],
    [{ eventType, playerTime: { playHead: 0, ts: 1 }, params }, "/playerTime/playhead", "playHead"],
    [{ eventType, playerTime, param: params }, "/params", "param"],
  ] as const) {
    const answer = await server.post("/api/v1/sessions", body);
    const { errors } = (await answer.json()) as { errors: { pointer: string; message: string }[] };
    const message = `is required; did you misspell it as ${misspelt}?`;
    expect([answer.status, errors.find((each) => each.pointer === pointer)?.message]).toEqual([400, message]);
  }
});

test("a schema that is asked for by a mistyped name is answered with the one that was meant", async () => {
  await using server = await startTestServer();
  for (const [name, words] of [
    ["adstart", "No event type has this name; did you mean adStart? /api/v1/schemas lists them"],
    ["nonsense", "No event type has this name; /api/v1/schemas lists them"],
  ]) {
    const answer = await fetch(`${server.url}/api/v1/schemas/${name}`);
    expect([answer.status, await answer.json()]).toEqual([404, { code: "not-found", message: words }]);
  }
});

test("a member of a new token is told what was meant", async () => {
  await using server = await startTestServer();
  for (const [body, message] of [
    [{ name: "a", readonly: true }, "is unknown; did you mean readOnly?"],
    [{ name: "a", nonsense: true }, "is unknown; known are name, readOnly, reportSuite, channel"],
  ] as const) {
    const answer = await server.post("/admin/api/tokens", body, ADMIN_HEADERS);
    const { errors } = (await answer.json()) as { errors: { message: string }[] };
    expect([answer.status, errors.map((each) => each.message)]).toEqual([400, [message]]);
  }
});

describe("a strict server says what was meant", () => {
  const play = eventAt(1, "play");
  const bodies: readonly (readonly [what: string, isStart: boolean, body: object, pointer: string, words: string])[] = [
    [
      "a parameter",
      true,
      { ...sessionStart(), params: { ...others, "media.lenght": length } },
      "/params/media.lenght",
      "is not documented for sessionStart; did you mean media.length?",
    ],
    [
      "a member",
      true,
      sessionStart({}, { customMetdata: {} }),
      "/customMetdata",
      "is not documented for sessionStart; did you mean customMetadata?",
    ],
    [
      "a member of playerTime",
      false,
      { ...play, playerTime: { playhead: 1, ts: 1, playhed: 1 } },
      "/playerTime/playhed",
      "is not documented for play; did you mean playhead?",
    ],
    [
      "quality data",
      false,
      { ...play, qoeData: { "media.qoe.bitrat": 1 } },
      "/qoeData/media.qoe.bitrat",
      "is not documented for play; did you mean media.qoe.bitrate?",
    ],
    ["an event type", false, eventAt(1, "pausestart"), "/eventType", "is unknown; did you mean pauseStart?"],
    [
      "a key that is like no other",
      false,
      { ...play, params: { "my.own/key": 1 } },
      "/params/my.own~1key",
      "is not documented for play",
    ],
  ];
  for (const [what, isStart, body, pointer, message] of bodies) {
    test(`for ${what}`, async () => {
      await using server = await startTestServer({ config: { validation: "strict" } });
      const path = isStart ? "/api/v1/sessions" : `/api/v1/sessions/${await server.open()}/events`;
      const answer = await server.post(path, body);
      const { errors } = (await answer.json()) as { errors: { pointer: string; code: string; message: string }[] };
      expect([answer.status, errors.find((each) => each.pointer === pointer)?.message]).toEqual([400, message]);
      expect(errors.map((each) => each.message).join()).not.toContain("schema is false");
    });
  }
});

describe("reports and lists say what was meant", () => {
  const queries: readonly (readonly [path: string, words: string])[] = [
    [
      "reports?metrics=mediaStart",
      "metrics[0] is no metric; did you mean mediaStarts? GET /admin/api/reports/catalogue lists",
    ],
    ["reports?metrics=mediaStarts&dimension=media.nmae", "dimension[0] is no dimension; did you mean media.name?"],
    [
      "reports?metrics=mediaStarts&filter=media.chanel%3D%3Dweb",
      "filter[0] is no dimension or metric; did you mean media.channel?",
    ],
    ["sessions?filter=mediaStart%3E1", "filter[0] is no dimension or metric; did you mean mediaStarts?"],
    ["reports?metric=mediaStarts", 'Unknown query parameter "metric"; did you mean metrics? This path takes metrics, '],
    ["export/session", "Cannot export: there is no such kind; did you mean sessions? Kinds are sessions, events, "],
    ["export/nonsense", "Cannot export: there is no such kind; kinds are sessions, events, "],
    ["sessions?<b>=1", "Unknown query parameter; this path takes search, "],
    ["sessions?limt=1", 'Unknown query parameter "limt"; did you mean limit? This path takes search, '],
  ];
  test("for metrics, dimensions, filters, parameters and kinds of exports", async () => {
    await using server = await startTestServer();
    for (const [path, words] of queries) {
      const answer = await fetch(`${server.url}/admin/api/${path}`, { headers: ADMIN_HEADERS });
      const { message } = (await answer.json()) as { message: string };
      expect([path, answer.status, message.slice(0, words.length)]).toEqual([path, 400, words]);
    }
  });

  test("for the members of a report's body, and of its filters", async () => {
    await using server = await startTestServer();
    const filter = (members: object) => ({ metrics: "mediaStarts", filter: [members] });
    for (const [body, words] of [
      [{ metircs: "mediaStarts" }, /^A report takes metrics, .*, compare, nothing else; did you mean metrics\?$/],
      [{ metrics: "mediaStarts", dimensions: ["sid"] }, /, nothing else; did you mean dimension\?$/],
      [{ metrics: "mediaStarts", "<b>": 1 }, /, compare, nothing else$/],
      [
        filter({ nmae: "sid", operator: "==", value: "x" }),
        /^filter\[0\] takes name, operator, and value or values, nothing else; did you mean name\?$/,
      ],
      [filter({ name: "sid", operator: "==", valeus: ["x"] }), /, nothing else; did you mean values\?$/],
      [filter({ name: "media.chanel", operator: "==", value: "x" }), /^filter\[0\] .*; did you mean media\.channel\? /],
    ] as const) {
      const answer = await server.post("/admin/api/reports", body, ADMIN_HEADERS);
      const { message } = (await answer.json()) as { message: string };
      expect(answer.status).toBe(400);
      expect(message).toMatch(words);
    }
  });
});

test("Media Edge says which event was meant, by its path and in its body", async () => {
  await using server = await startTestServer();
  const events = (eventType: string) => ({ events: [{ xdm: { eventType } }] });
  for (const [path, type, words] of [
    ["va/v1/sesionStart", "media.sessionStart", "of this name; did you mean sessionStart?"],
    ["va/v1/statestart", "media.stateStart", 'of this name"'],
    ["va/v1/nonsense", "media.nonsense", 'of this name"'],
    ["va/v1/adStart", "media.adstart", "Unknown event type; did you mean media.adStart?"],
    ["v1/interact", "media.pley", "Unknown event type; did you mean media.play?"],
    ["v1/interact", "media.nonsense", 'Unknown event type"'],
  ] as const) {
    const answer = await server.post(`/ee/${path}?configId=stream-1`, events(type));
    expect(await answer.text()).toContain(words);
  }
});
