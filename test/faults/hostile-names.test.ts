/**
 * Every hostile text, in every place for a name: the server gives it back as data or refuses it by name, and never
 * takes it for markup, a formula, SQL, a path, a line or a property.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MINUTE_MS } from "../../src/base/units.ts";
import { csvReader, readBack } from "../exports/read-back.ts";
import { sized } from "../support/effort.ts";
import { HOSTILE_TEXTS, UNSTORABLE_TEXTS } from "../support/hostile-texts.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, eventsOf, SESSIONS } from "./support/client.ts";

const AT_ONCE = 8;
const TEST_MS_MAX = 60_000;
const METADATA_KEY = "label";
const SEARCH_CHARS_MAX = 200;
/** The longest name of a dimension. */
const NAME_CHARS_MAX = 300;
/** The beginnings that a spreadsheet takes for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
/** Paths whose names are all ours, so that a hostile text may be refused there. */
const ADMIN = "/admin/api";
const TITLE_PARAMS = [
  "media.name",
  "media.id",
  "media.channel",
  "media.show",
  "media.genre",
  "media.playerName",
  "media.contentType",
  "analytics.visitorId",
  "analytics.reportSuite",
];

/** Dimensions, with the metric to count by each; a genre with a comma in it is several. */
const WHOLE = [...TITLE_PARAMS.filter((name) => name !== "media.genre"), `customMetadata.${METADATA_KEY}`];
const DIMENSIONS = [
  ...WHOLE.map((name) => [name, "mediaStarts"] as const),
  ["media.ad.name", "adStarts"],
  ["media.chapter.friendlyName", "chapterStarts"],
] as const;
/** In a fast run the slow checks take every eighth text, from another one on each time. */
const EVERY = sized({ full: 1, fast: 8 });
const FROM = Date.now() % EVERY;
const SOME_TEXTS = HOSTILE_TEXTS.filter((_, at) => at % EVERY === FROM);

let directory: ReturnType<typeof tempDir>;
let server: ServerProcess;
let client: Client;
/** The session of each text. */
const sids = new Map<string, string>();

beforeAll(async () => {
  if (EVERY > 1) process.stdout.write(`every ${EVERY}th text, from the ${FROM}th on\n`);
  directory = tempDir();
  server = await startProcess(directory.path, { settings: { ADMIN_TOKEN, LOG_LEVEL: "debug", DEMO: "true" } });
  client = new Client(server);
  await forEachText(async (text) => {
    sids.set(text, await play(text));
  });
}, TEST_MS_MAX);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** Checks every text, or some of them, a few at a time; a failure names its text. */
async function forEachText(check: (text: string) => Promise<void>, texts = HOSTILE_TEXTS): Promise<void> {
  const left = [...texts];
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      try {
        await check(next.text);
      } catch (error) {
        throw new Error(`${next.name}: ${error}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function testEach(name: string, check: (text: string) => Promise<void>, texts = HOSTILE_TEXTS): void {
  test(name, () => forEachText(check, texts), TEST_MS_MAX);
}

/** A session with the text wherever a text may be. */
function startOf(text: string): Record<string, unknown> {
  const params = Object.fromEntries(TITLE_PARAMS.map((key) => [key, text]));
  // Metadata may have any key except the prototype's, which is refused.
  const own = text === "__proto__" ? {} : { [text]: text };
  return sessionStart({ ...params, ...own }, { customMetadata: { [METADATA_KEY]: text, ...own } });
}

function eventsWith(text: string): object[] {
  const pod = { "media.ad.podFriendlyName": text, "media.ad.podIndex": 0, "media.ad.podSecond": 0 };
  const ad = { "media.ad.id": text, "media.ad.name": text, "media.ad.length": 5, "media.ad.podPosition": 1 };
  const chapter = { "media.chapter.friendlyName": text, "media.chapter.index": 1, "media.chapter.length": 9 };
  return [
    eventAt(1, "adBreakStart", { params: pod }),
    eventAt(2, "adStart", { params: { ...ad, "media.ad.playerName": text }, customMetadata: { [METADATA_KEY]: text } }),
    eventAt(3, "adComplete"),
    eventAt(4, "adBreakComplete"),
    eventAt(5, "play"),
    eventAt(6, "chapterStart", { params: { ...chapter, "media.chapter.offset": 0 } }),
    eventAt(7, "stateStart", { params: { "media.state.name": text } }),
    eventAt(8, "error", { qoeData: { "media.qoe.errorID": text, "media.qoe.errorSource": "player" } }),
    eventAt(9, "sessionEnd"),
  ];
}

async function play(text: string): Promise<string> {
  const sid = await client.open(startOf(text));
  for (const event of eventsWith(text)) expect(await client.add(sid, event)).toBe(204);
  return sid;
}

function sidFor(text: string): string {
  return sids.get(text) ?? "";
}

/** A query string. */
function search(members: Readonly<Record<string, string>>): string {
  return `?${new URLSearchParams(members)}`;
}

/** Asks for a report by a body, which needs no quotes around a text. */
async function report(members: object): Promise<{ rows: Record<string, unknown>[] }> {
  const body = JSON.stringify({ metrics: ["mediaStarts"], open: "exclude", ...members });
  const response = await client.ask(`${ADMIN}/reports`, { method: "POST", body });
  expect([response.status, body]).toEqual([200, body]);
  return (await response.json()) as { rows: Record<string, unknown>[] };
}

/** A dimension's value in reports, which ignore the case of content types. */
function reported(name: string, text: string): string {
  return name === "media.contentType" ? text.toLowerCase() : text;
}

/** Expects a refusal in our own words, without the text's markup or lines. */
async function expectRefusal(response: Response, text: string, statuses = [400]): Promise<void> {
  const said = await response.text();
  expect(statuses).toContain(response.status);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(Object.keys(JSON.parse(said))).toContain("message");
  // A short text may be part of our own words.
  if (text.length > 12) expect(said).not.toContain(JSON.stringify(text).slice(1, -1));
  expect(response.headers.get("set-cookie")).toBeNull();
}

describe("every hostile text", () => {
  testEach("comes back equal in a session, its ads, chapters, states and errors", async (text) => {
    const { session, events, ads, chapters, states, errors } = await client.admin(`${ADMIN}/sessions/${sidFor(text)}`);
    const { params, customMetadata } = startOf(text);
    expect([session.params, session.customMetadata]).toEqual([params, customMetadata]);
    expect(events.map(({ params: each }: { params: object }) => each)).toEqual([
      params,
      ...eventsWith(text).map((event) => ("params" in event ? event.params : {})),
    ]);
    expect([ads[0].name, ads[0].id, ads[0].customMetadata]).toEqual([text, text, customMetadata]);
    expect([chapters[0].name, states[0].name, errors[0].id]).toEqual([text, text, text]);
  });

  test("is listed", async () => {
    const { sessions } = await client.admin(`${ADMIN}/sessions?limit=500`);
    const named = new Map(sessions.map((each: { sid: string; params: object }) => [each.sid, each.params]));
    await forEachText(async (text) => expect(named.get(sidFor(text))).toEqual(startOf(text)["params"]));
  });

  testEach(
    "is found by itself, and filtered by",
    async (text) => {
      const sid = sidFor(text);
      const listed = async (members: Readonly<Record<string, string>>) =>
        (await client.admin(`${ADMIN}/sessions${search({ limit: "500", ...members })}`)).sessions.map(
          (each: { sid: string }) => each.sid,
        );
      if (text.length <= SEARCH_CHARS_MAX) expect(await listed({ search: text })).toContain(sid);
      expect(await listed({ filter: `media.name in ${JSON.stringify([text])}` })).toEqual([sid]);
      // A filter trims spaces around a value, and refuses quotes around it.
      if (text.trim() === text && !/^(["']).*\1$/s.test(text))
        expect(await listed({ filter: `media.name==${text}` })).toEqual([sid]);
    },
    SOME_TEXTS,
  );

  test(
    "is a row of a report by any name that it may be",
    async () => {
      for (const [name, metric] of DIMENSIONS) {
        const { rows } = await report({ metrics: [metric], dimension: [name], limit: 500 });
        const expected = HOSTILE_TEXTS.map(({ text }) => ({ [name]: reported(name, text), [metric]: 1 }));
        const inOrder = (some: readonly Record<string, unknown>[]) =>
          some.toSorted((a, b) => (String(a[name]) < String(b[name]) ? -1 : 1));
        expect(inOrder(rows)).toEqual(inOrder(expected));
      }
    },
    TEST_MS_MAX,
  );

  testEach(
    "is alone in a report that is filtered by it",
    async (text) => {
      for (const [name, metric] of DIMENSIONS) {
        const filter = [{ name, operator: "==", value: text }];
        const { rows } = await report({ metrics: [metric], dimension: [name], filter });
        expect(rows).toEqual([{ [name]: reported(name, text), [metric]: 1 }]);
      }
    },
    SOME_TEXTS,
  );

  testEach("as the key of metadata is a dimension like any other", async (text) => {
    const name = `customMetadata.${text}`;
    // Skips the text that can't be a key, and texts too long for a name.
    if (text === "__proto__" || name.length > NAME_CHARS_MAX) return;
    const { rows } = await report({
      dimension: [name],
      filter: [{ name: "sid", operator: "==", value: sidFor(text) }],
    });
    expect(rows).toEqual([{ [name]: text, mediaStarts: 1 }]);
  });

  testEach(
    "narrows retention, funnel and concurrency down to its own session",
    async (text) => {
      const members = { filter: `media.name in ${JSON.stringify([text])}`, open: "exclude" };
      const curve = await client.admin(`${ADMIN}/retention${search({ "media.id": text, open: "exclude" })}`);
      const funnel = await client.admin(`${ADMIN}/funnel${search(members)}`);
      // The player's seconds date these sessions ahead of the clock.
      const to = String(Date.now() + MINUTE_MS);
      const concurrency = await client.admin(`${ADMIN}/concurrency${search({ ...members, to })}`);
      expect([curve.sessions, funnel.steps[0].sessions, concurrency.peak.sessions]).toEqual([1, 1, 1]);
    },
    SOME_TEXTS,
  );
});

describe("every hostile text as the name of something of ours", () => {
  const places: Readonly<Record<string, string>> = {
    metrics: `${ADMIN}/reports?metrics=`,
    dimension: `${ADMIN}/reports?metrics=mediaStarts&dimension=`,
    granularity: `${ADMIN}/reports?metrics=mediaStarts&granularity=`,
    sort: `${ADMIN}/reports?metrics=mediaStarts&sort=`,
    timezone: `${ADMIN}/reports?metrics=mediaStarts&timezone=`,
    from: `${ADMIN}/reports?metrics=mediaStarts&from=`,
    filter: `${ADMIN}/reports?metrics=mediaStarts&filter=`,
    status: `${ADMIN}/sessions?status=`,
    cursor: `${ADMIN}/sessions?cursor=`,
    limit: `${ADMIN}/sessions?limit=`,
    "the filter of a list": `${ADMIN}/sessions?filter=`,
    "the format of a session": `${ADMIN}/sessions/${"0".repeat(64)}?format=`,
    "the format of an export": `${ADMIN}/export/events?format=`,
    "the begin of an export": `${ADMIN}/export/events?from=`,
    "a parameter": `${ADMIN}/sessions?x=1&`,
  };
  for (const [name, path] of Object.entries(places)) {
    testEach(`in ${name} is refused`, async (text) => {
      // A list without a name is not a list of dimensions.
      if (name === "dimension" && text.trim() === "") return;
      await expectRefusal(await client.ask(path + encodeURIComponent(text)), text);
    });
  }

  for (const path of [
    ...[`${ADMIN}/sessions/`, `${ADMIN}/export/`, `${ADMIN}/`, "/api/v1/schemas/", "/tracker/", "/demo/sessions/"],
    "/demo/",
    "/docs/",
    "/admin/",
    "/",
  ]) {
    testEach(`behind ${path} is nothing that is there`, async (text) => {
      const response = await client.ask(path + encodeURIComponent(text));
      await expectRefusal(response, text, path === `${ADMIN}/export/` ? [400, 404] : [404]);
    });
  }

  testEach("as a sid of an event is no session, and as an event type no type", async (text) => {
    await expectRefusal(await client.post(eventsOf(encodeURIComponent(text)), eventAt(1, "ping")), text, [404]);
    await expectRefusal(await client.post(SESSIONS, { ...sessionStart(), eventType: text }), text);
  });
});

describe("a text that can't be stored", () => {
  for (const { name, text } of UNSTORABLE_TEXTS) {
    test(`for it has ${name} is refused wherever it comes`, async () => {
      for (const key of ["media.name", "analytics.visitorId"]) {
        expect((await client.post(SESSIONS, sessionStart({ [key]: text }))).status).toBe(400);
      }
      expect((await client.post(SESSIONS, sessionStart({}, { customMetadata: { [text]: "x" } }))).status).toBe(400);
      const encoded = text.isWellFormed() ? encodeURIComponent(text) : "%ed%a0%bc";
      for (const path of [`${ADMIN}/sessions?search=`, `${ADMIN}/sessions?filter=media.name==`]) {
        expect((await client.ask(path + encoded)).status).toBeLessThan(500);
      }
      expect((await client.ask(`${ADMIN}/visitors/${encoded}`, { method: "DELETE" })).status).toBe(400);
    });
  }
});

describe("an export of every hostile text", () => {
  const exported = async (kind: string, format: string) => {
    const response = await client.ask(`${ADMIN}/export/${kind}?format=${format}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+"$/);
    return response.bytes();
  };
  const texts = HOSTILE_TEXTS.map(({ text }) => text).toSorted();
  // Compared as bytes: the binding that reads the answer strips a leading byte order mark.
  const hexOf = (text: string) => Buffer.from(text).toString("hex").toUpperCase();
  const hexes = texts.map(hexOf).toSorted();
  const namesIn = async (bytes: Uint8Array, key: string, readerOf: (path: string) => string) => {
    const rows = await readBack(bytes, (path) => `(SELECT hex("${key}") AS name FROM ${readerOf(path)})`);
    return rows.map(({ name }) => String(name)).toSorted();
  };
  const parquet = (path: string) => `read_parquet('${path}')`;

  test("as ndjson is a line of JSON for each row, and the texts are equal", async () => {
    const lines = new TextDecoder()
      .decode(await exported("sessions", "ndjson"))
      .trimEnd()
      .split("\n");
    const names = lines.map((line) => JSON.parse(line).params["media.name"]);
    expect(names.toSorted()).toEqual(texts);
  });

  test("as Parquet has equal texts", async () => {
    expect(await namesIn(await exported("sessions", "parquet"), "media.name", parquet)).toEqual(hexes);
    expect(await namesIn(await exported("ads", "parquet"), "media.ad.name", parquet)).toEqual(hexes);
  });

  test("as CSV has equal texts, but for the mark before what a spreadsheet would run", async () => {
    const bytes = await exported("sessions", "csv");
    const columns = (new TextDecoder().decode(bytes).split("\r\n")[0] ?? "").split(",").map((name) => ({ name }));
    const safe = texts.map((text) => hexOf(FORMULA.test(text) ? `'${text}` : text));
    expect(await namesIn(bytes, "media.name", csvReader(columns))).toEqual(safe.toSorted());
    for (const value of (await readBack(bytes, csvReader(columns))).flatMap((row) => Object.values(row))) {
      if (typeof value === "string" && !/^-?\d/.test(value)) expect(value).not.toMatch(FORMULA);
    }
  });
});

describe("after all of it", () => {
  test("the log is a JSON object a line, none of them forged, none an error, and no text in it", () => {
    const lines = server.stdout().trimEnd().split("\n");
    for (const line of lines) {
      const { time, level, message } = JSON.parse(line);
      expect([typeof time, typeof message, ["debug", "info"].includes(level)]).toEqual(["string", "string", true]);
    }
    for (const { text } of HOSTILE_TEXTS) if (text.length > 12) expect(server.stdout()).not.toContain(text);
  });

  test("metrics and live numbers name none of it, and no object has gained a member", async () => {
    const metrics = await (await client.ask("/metrics")).text();
    expect(metrics).not.toContain("forged");
    expect(Object.keys((await client.admin(`${ADMIN}/live/snapshot`)) as object)).not.toContain("polluted");
    const { session } = await client.admin(`${ADMIN}/sessions/${await client.open()}`);
    expect([session.polluted, session.customMetadata]).toEqual([undefined, {}]);
  });

  testEach(
    "a visitor of such an id is erased, and no other",
    async (text) => {
      const response = await client.ask(`${ADMIN}/visitors/${encodeURIComponent(text)}`, { method: "DELETE" });
      expect([response.status, await response.json()]).toEqual([200, { erasedSessions: 1 }]);
    },
    SOME_TEXTS,
  );
});
