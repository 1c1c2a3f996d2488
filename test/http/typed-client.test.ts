/** Types that openapi-typescript generates from the document compile, take right calls and catch wrong ones. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { generateTypes } from "../support/openapi-typescript.ts";
import { runProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const MODES = ["standard", "strict"] as const;

const START = `{
  eventType: "sessionStart",
  playerTime: { playhead: 0, ts: Date.now() },
  params: {
    "analytics.trackingServer": "metrics.example.com",
    "analytics.reportSuite": "examplersid",
    "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
    "visitor.customerIDs": { account: { id: "a-1", authState: 1 } },
    "media.id": "content-1",
    "media.length": 60,
    "media.contentType": "VOD",
    "media.playerName": "player",
    "media.channel": "web",
  },
  qoeData: { "media.qoe.bitrate": 3_200_000 },
  customMetadata: { plan: "free" },
}`;

const RIGHT = `
await client.POST("/api/v1/sessions", { body: ${START} });
await client.POST("/api/v1/sessions/{sid}/events", {
  params: { path: { sid: "0" } },
  body: { eventType: "pauseStart", playerTime: { playhead: 1, ts: 1_700_000_000_000 } },
});
await client.GET("/admin/api/viewers/{hash}", { params: { path: { hash: "0" }, query: { limit: 2 } } });
const { data } = await client.GET("/admin/api/reports", { params: { query: { metrics: ["mediaStarts"] } } });
export const starts: number | null | undefined = data?.totals["mediaStarts"];
type Answers = paths["/admin/api/reports"]["get"]["responses"][200]["content"];
export const lines = (csv: Answers["text/csv"]): string[] => csv.split("\\r\\n");
const { error } = await client.GET("/admin/api/sessions", {});
export const why: string | undefined = error?.message;
`;

/** Each has one mistake, which strict types catch. */
const WRONG: readonly (readonly [mistake: string, code: string])[] = [
  [
    "a mistyped parameter",
    `await client.POST("/api/v1/sessions", { body: ${START.replace("media.length", "media.lenght")} });`,
  ],
  [
    "a mistyped member",
    `await client.POST("/api/v1/sessions", { body: ${START.replace("playerTime", "playertime")} });`,
  ],
  [
    "a parameter of another type",
    `await client.POST("/api/v1/sessions", { body: ${START.replace('"content-1"', "1")} });`,
  ],
  [
    "a mistyped event",
    `await client.POST("/api/v1/sessions/{sid}/events", {
      params: { path: { sid: "0" } },
      body: { eventType: "pausestart", playerTime: { playhead: 1, ts: 1 } },
    });`,
  ],
];

interface Stage extends Disposable {
  /** Compiles pieces of a client's code, each in a file of its own. @returns the compiler's complaints */
  compile(pieces: readonly string[]): Promise<string>;
}

async function openStage(mode: (typeof MODES)[number]): Promise<Stage> {
  const directory = tempDir();
  const { path } = directory;
  await using printed = runProcess(["openapi", "--validation", mode]);
  expect(await printed.exited).toBe(0);
  const document = join(path, "openapi.json");
  writeFileSync(document, printed.stdout());
  await generateTypes(path, document, join(path, "playhead.d.ts"));
  return {
    compile: async (pieces) => {
      const files = pieces.map((code, n) => {
        writeFileSync(join(path, `client-${n}.ts`), HEAD + code);
        return `client-${n}.ts`;
      });
      const command = [resolve("node_modules/.bin/tsc"), ...FLAGS, ...files];
      const compiler = Bun.spawn(command, { stdout: "pipe", cwd: path });
      return new Response(compiler.stdout).text();
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

const stages = {} as Record<(typeof MODES)[number], Stage>;
beforeAll(async () => {
  for (const mode of MODES) stages[mode] = await openStage(mode);
});
afterAll(() => {
  for (const mode of MODES) stages[mode][Symbol.dispose]();
});

const HEAD = `import createClient from "openapi-fetch";
import type { paths } from "./playhead.d.ts";
const client = createClient<paths, "application/json">({ baseUrl: "https://media.example.com/playhead" });
`;
const FLAGS = [
  "--noEmit",
  "--strict",
  "--target",
  "esnext",
  "--module",
  "esnext",
  "--moduleResolution",
  "bundler",
  "--allowImportingTsExtensions",
  "--types",
  "",
  "--ignoreConfig",
];

for (const mode of MODES) {
  test(`types of a ${mode} server take a right start, a right event and both forms of a report`, async () => {
    expect(await stages[mode].compile([RIGHT])).toBe("");
  });
}

test("types of a strict server catch what the server would refuse", async () => {
  const complaints = await stages.strict.compile(WRONG.map(([, code]) => code));
  const caught = WRONG.map(([mistake], n) => [mistake, complaints.includes(`client-${n}.ts(`)]);
  expect(caught).toEqual(WRONG.map(([mistake]) => [mistake, true]));
});
