/** Bodies with a Content-Encoding: decoded within their bounds, and refused in words where that can't be. */

import { describe, expect, test } from "bun:test";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { OpenApiDocument } from "../../src/http/openapi/form.ts";
import { createContract } from "../support/contract.ts";
import { ADMIN_TOKEN, eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";

const SESSIONS = "/api/v1/sessions";
const DOWNLOADED = "/api/v1/downloaded";
const MIB = 2 ** 20;

type Encode = (bytes: Uint8Array | string) => Uint8Array;

const ENCODERS: readonly (readonly [name: string, header: string, encode: Encode])[] = [
  ["gzip", "gzip", gzipSync],
  ["gzip in capitals", " GZIP ", gzipSync],
  ["gzip under its older name", "x-gzip", gzipSync],
  ["gzip beside identity", "identity, gzip", gzipSync],
  ["gzip in two members", "gzip", (bytes) => Buffer.concat([gzipSync(bytes), gzipSync("  ")])],
  ["deflate", "deflate", deflateSync],
  ["deflate without zlib's head", "deflate", deflateRawSync],
  ["br", "br", (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ["zstd", "zstd", zstdCompressSync],
];

interface Refusal {
  readonly code: string;
  readonly message: string;
}

async function post(server: TestServer, path: string, encoding: string, body: Uint8Array | string) {
  const bytes = typeof body === "string" ? body : new Uint8Array(body);
  const response = await server.post(path, bytes, { "Content-Encoding": encoding });
  const { code, message } = response.status < 300 ? { code: "", message: "" } : ((await response.json()) as Refusal);
  return { status: response.status, code, message, accept: response.headers.get("Accept-Encoding") };
}

describe("a body in", () => {
  for (const [name, header, encode] of ENCODERS) {
    test(`${name} is taken like any other`, async () => {
      await using server = await startTestServer();
      const sid = await server.open();
      const events = `${SESSIONS}/${sid}/events`;
      const play = eventAt(1, "play", { customMetadata: { note: "é".repeat(4000), more: "x".repeat(8000) } });
      expect(await post(server, events, header, encode(JSON.stringify(play)))).toMatchObject({ status: 204 });
      expect(await post(server, SESSIONS, header, encode(JSON.stringify(sessionStart())))).toMatchObject({
        status: 201,
      });
      const notes = { a: "x".repeat(8000), b: "y".repeat(8000) };
      const pings = Array.from({ length: 100 }, (_, at) => eventAt(at + 1, "ping", { customMetadata: notes }));
      const array = encode(JSON.stringify([sessionStart({ "media.downloaded": true }), ...pings]));
      expect(await post(server, SESSIONS, header, array)).toMatchObject({ status: 201 });
      expect(await post(server, DOWNLOADED, header, array)).toMatchObject({ status: 201 });
      const stored = await server.admin(`/admin/api/sessions/${sid}`);
      expect(stored.events[1].customMetadata).toEqual(play.customMetadata);
    });
  }

  test("no encoding but `identity`, or an empty one, is taken as it is", async () => {
    await using server = await startTestServer();
    for (const header of ["identity", "", " , "]) {
      expect(await post(server, SESSIONS, header, JSON.stringify(sessionStart()))).toMatchObject({ status: 201 });
    }
  });

  test("gzip is taken on the admin paths too", async () => {
    await using server = await startTestServer();
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, "Content-Encoding": "gzip" };
    const report = gzipSync(JSON.stringify({ metrics: ["mediaStarts"] }));
    const reported = await server.post("/admin/api/reports", new Uint8Array(report), headers);
    expect([reported.status, await reported.json()]).toMatchObject([200, { columns: [{}] }]);
    const erasure = gzipSync(JSON.stringify({ visitorId: "nobody" }));
    const erased = await server.post("/admin/api/erasures", new Uint8Array(erasure), headers);
    expect([erased.status, await erased.json()]).toEqual([200, { erasedSessions: 0 }]);
  });
});

describe("another encoding is 415", () => {
  const taken = "gzip, deflate, br, zstd";
  const rows: readonly (readonly [header: string, message: string])[] = [
    ["exi", `Cannot take a body encoded as exi: encode it as one of ${taken}, or not at all`],
    ["__proto__", `Cannot take a body encoded as __proto__: encode it as one of ${taken}, or not at all`],
    ["toString", `Cannot take a body encoded as tostring: encode it as one of ${taken}, or not at all`],
    ['<b>"x"</b>', `Cannot take a body of this Content-Encoding: encode it as one of ${taken}, or not at all`],
    ["x".repeat(5000), `Cannot take a body of this Content-Encoding: encode it as one of ${taken}, or not at all`],
    ["gzip, gzip", `Cannot take a body encoded several times: encode it once (${taken})`],
    ["br, exi", `Cannot take a body encoded several times: encode it once (${taken})`],
  ];
  for (const [header, message] of rows) {
    test(`as ${header.slice(0, 20)}`, async () => {
      await using server = await startTestServer();
      const refused = await post(server, SESSIONS, header, gzipSync(JSON.stringify(sessionStart())));
      expect(refused).toMatchObject({ status: 415, code: "encoding-unsupported", message, accept: taken });
      expect((await server.admin("/admin/api/sessions")).sessions).toEqual([]);
    });
  }
});

test("every path that takes a body documents the 415 that it answers", async () => {
  await using server = await startTestServer();
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApiDocument;
  const { requests, check } = createContract(document);
  const taking = requests.filter(({ operation }) => operation.requestBody);
  expect(taking.length).toBeGreaterThan(3);
  for (const request of taking) {
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, "Content-Encoding": "exi" };
    const refused = await server.post(
      request.path.replace("{sid}", await server.open()).replace("{event}", "play"),
      "{}",
      headers,
    );
    expect([request.path, refused.status]).toEqual([request.path, 415]);
    expect([request.path, await check(request, refused)]).toEqual([request.path, []]);
  }
});

describe("bytes that aren't what their encoding says are 400", () => {
  const start = JSON.stringify(sessionStart({}, { customMetadata: { note: "x".repeat(8000) } }));
  const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(6000))).toString("base64");
  const long = JSON.stringify(sessionStart({}, { customMetadata: { note: noise } }));
  const rows: readonly (readonly [what: string, header: string, body: Uint8Array | string, why: string])[] = [
    ...ENCODERS.filter(([name, header]) => name === header).flatMap(([name, header, encode]) => {
      const isZstd = name === "zstd";
      const cutOff = isZstd ? "it is no whole and valid zstd" : `its ${name} is cut off`;
      const longer = isZstd ? cutOff : `bytes follow behind the end of its ${name}`;
      return [
        [`${name} without its last byte`, header, encode(start).slice(0, -1), cutOff],
        [`${name} without its half`, header, encode(long).slice(0, 3000), cutOff],
        [`${name} with zeros behind it`, header, Buffer.concat([encode(start), Buffer.alloc(3)]), longer],
      ] as const;
    }),
    ["plain JSON", "gzip", start, "it is no valid gzip"],
    ["plain JSON", "deflate", start, "it is no valid deflate"],
    ["plain JSON", "br", start, "it is no valid br"],
    ["plain JSON", "zstd", start, "it is no whole and valid zstd"],
    ["gzip", "br", gzipSync(start), "it is no valid br"],
    ["br", "gzip", brotliCompressSync(start), "it is no valid gzip"],
    ["gzip with text behind it", "gzip", Buffer.concat([gzipSync(start), Buffer.from("{}")]), "it is no valid gzip"],
    [
      "a window of 16 MiB",
      "zstd",
      // A head that asks for it, and one last block of two bytes as they are.
      new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 14 << 3, (2 << 3) | 1, 0, 0, 0x7b, 0x7d]),
      "its zstd window is larger than 8 MiB",
    ],
  ];
  for (const [what, header, body, why] of rows) {
    test(`${what} as ${header}: ${why}`, async () => {
      await using server = await startTestServer();
      const message = `Cannot decode the body as its Content-Encoding says: ${why}`;
      expect(await post(server, SESSIONS, header, body)).toMatchObject({ status: 400, code: "invalid-body", message });
    });
  }

  test("but an empty body, which is told to be empty", async () => {
    await using server = await startTestServer();
    for (const [, header, encode] of ENCODERS) {
      for (const body of ["", encode("")]) {
        const { status, message } = await post(server, SESSIONS, header, body);
        expect([status, message]).toEqual([400, "The body is empty; an event is a JSON object"]);
      }
    }
  });
});

describe("the bound holds for the decoded size", () => {
  for (const [name, header, encode] of ENCODERS) {
    test(`in ${name}`, async () => {
      await using server = await startTestServer();
      const sid = await server.open();
      const events = `${SESSIONS}/${sid}/events`;
      const padded = (bytes: number) => encode(JSON.stringify(eventAt(1, "ping")).padEnd(bytes, " "));
      expect(await post(server, events, header, padded(65_500))).toMatchObject({ status: 204 });
      const over = { status: 413, code: "body-too-large", message: "The body is larger than 65536 bytes" };
      expect(await post(server, events, header, padded(65_540))).toMatchObject(over);
      expect(await post(server, SESSIONS, header, encode(new Uint8Array(64 * MIB)))).toMatchObject(over);
      const array = { status: 413, message: `The body is larger than ${4 * MIB} bytes` };
      const brackets = encode(`[${" ".repeat(5 * MIB)}]`);
      expect(await post(server, DOWNLOADED, header, brackets)).toMatchObject(array);
    });
  }
});
