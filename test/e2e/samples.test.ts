/** What real clients send, played as they send it: every request is taken, and every event is there afterwards. */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VALIDATION_MODES } from "../../src/protocol/mode.ts";
import { canonical } from "../protocol/canonical.ts";
import { sidOf, startTestServer, type TestServer } from "../support/server.ts";

const FOLDER = join(import.meta.dir, "../golden");
const SUFFIX = ".requests.json";
const SAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith(SUFFIX));

interface Sent {
  readonly eventType: string;
  readonly playerTime: { readonly ts: number; readonly playhead: number };
  readonly params?: object;
  readonly qoeData?: object;
  readonly customMetadata?: object;
}

interface Sample {
  readonly name: string;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: Sent | readonly Sent[];
  }[];
}

function readSample(file: string): Sample {
  return JSON.parse(readFileSync(join(FOLDER, file), "utf8"));
}

/** Plays a sample in its order. @returns each status, and what went to which session */
async function play(server: TestServer, { requests }: Sample) {
  const statuses: number[] = [];
  const sent = new Map<string, Sent[]>();
  let sid = "";
  for (const { method, path, headers, body } of requests) {
    const url = server.url + path.replace("{sid}", sid);
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    statuses.push(response.status);
    if (response.status === 201) sid = sidOf(response);
    if (response.ok) sent.set(sid, [...(sent.get(sid) ?? []), ...[body].flat()] as Sent[]);
  }
  return { statuses, sent };
}

/** An event as the admin API must show it, as text; what the server adds is left out. */
function shownAs({ eventType, playerTime, params = {}, qoeData = {}, customMetadata = {} }: Sent): string {
  const { ts, playhead } = playerTime;
  return canonical({ eventType, ts, playhead, params, qoeData, customMetadata });
}

/** What the admin API shows of a session, as texts in its order. */
async function showing(server: TestServer, sid: string): Promise<string[]> {
  const { events } = await server.admin(`/admin/api/sessions/${sid}`);
  const instants = events.slice(1).map(({ ts }: { ts: number }) => ts);
  expect(instants).toEqual(instants.toSorted((a: number, b: number) => a - b));
  return events.map(({ type, ts, playhead, ...rest }: { type: string; ts: number; playhead: number }) =>
    shownAs({ ...rest, eventType: type, playerTime: { ts, playhead } }),
  );
}

describe("the samples", () => {
  test("are there", () => {
    expect(SAMPLES.length).toBeGreaterThanOrEqual(3);
  });
});

for (const file of SAMPLES) {
  const sample = readSample(file);
  describe(sample.name, () => {
    for (const mode of VALIDATION_MODES) {
      test(`is taken whole in ${mode}, and every event reads back as it was sent, even after a restart`, async () => {
        await using server = await startTestServer({ config: { validation: mode } });
        const { statuses, sent } = await play(server, sample);
        expect(statuses).toEqual(sample.requests.map(({ path }) => (path.endsWith("/events") ? 204 : 201)));
        expect([...sent.values()].flat()).toHaveLength(sample.requests.flatMap(({ body }) => body).length);
        for (const [sid, events] of sent) {
          const before = await showing(server, sid);
          expect(before[0]).toBe(shownAs(events[0] as Sent));
          expect(before.toSorted()).toEqual(events.map(shownAs).toSorted());
        }
        const shown = await Promise.all([...sent.keys()].map((sid) => showing(server, sid)));
        await server.restart();
        expect(await Promise.all([...sent.keys()].map((sid) => showing(server, sid)))).toEqual(shown);
      });
    }
  });
}
