/** Properties of the wire: what is well-formed is taken and given back, what isn't is refused without a trace. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { REQUEST_ERRORS } from "../../src/base/errors.ts";
import { findEntry } from "../../src/protocol/catalogue.ts";
import { VALIDATION_MODES, type ValidationMode } from "../../src/protocol/mode.ts";
import { SEED } from "../support/effort.ts";
import { sidOf, startTestServer, type TestServer } from "../support/server.ts";
import { type Body, downloaded, type Json, liveSession, liveStart, running, sessionEnd } from "./bodies.ts";
import { canonical } from "./canonical.ts";
import { anyText, mutated, truncated } from "./mutations.ts";

const SESSIONS = 150;
const ARRAYS = 100;
const MUTATIONS = 300;
const TEST_MS_MAX = 60_000;
/** "Never an echo of large or nested input." */
const REFUSAL_CHARS_MAX = 4096;
/** What a body in strict form may be flagged with; each says something that `strict` allows. */
/** Those of validation; the fold may flag whatever such a session makes no sense of. */
const ALLOWED_FLAGS =
  /^(alias:contentComplete|length-unknown|ts-im.*|ts-in-.*|mended:.*|(bitrate|length|playhead)-(im|in|moves|beyond).*)$/;

interface Scene {
  readonly server: TestServer;
  readonly reader: Database;
}

const scenes = new Map<ValidationMode, Scene>();

beforeAll(async () => {
  process.stdout.write(`seed ${SEED}\n`);
  for (const mode of VALIDATION_MODES) {
    const server = await startTestServer({ config: { validation: mode } });
    scenes.set(mode, { server, reader: new Database(join(server.dataDir, "playhead.db"), { readonly: true }) });
  }
});

afterAll(async () => {
  for (const { server, reader } of scenes.values()) {
    reader.close();
    await server[Symbol.asyncDispose]();
  }
});

function sceneOf(mode: ValidationMode): Scene {
  const scene = scenes.get(mode);
  if (!scene) throw new Error(`No server runs in ${mode}`);
  return scene;
}

function check<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, property: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, property), { seed: SEED, numRuns });
}

/** An event as the admin API must show it: nulls are absent, an alias is resolved. */
function shownAs({ eventType, playerTime, params, qoeData, customMetadata }: Body): string {
  const members = [params, qoeData, customMetadata].map(withoutNulls);
  return canonical([findEntry(eventType)?.type, playerTime.ts, playerTime.playhead, ...members]);
}

function withoutNulls(value: Readonly<Record<string, Json>> | null = {}): object {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, each]) => each !== null));
}

async function expectShown({ server }: Scene, sid: string, sent: readonly Body[]): Promise<void> {
  const { events } = await server.admin(`/admin/api/sessions/${sid}`);
  const shown: string[] = [];
  for (const { type, ts, playhead, params, qoeData, customMetadata, flags, unknownMembers } of events) {
    shown.push(canonical([type, ts, playhead, params, qoeData, customMetadata]));
    expect(flags.filter((flag: string) => !ALLOWED_FLAGS.test(flag))).toEqual([]);
    expect(unknownMembers).toBeUndefined();
  }
  expect(shown[0]).toBe(shownAs(sent[0] as Body));
  expect(shown.toSorted()).toEqual(sent.map(shownAs).toSorted());
}

describe("what is well-formed in strict form", () => {
  for (const mode of VALIDATION_MODES) {
    test(
      `is taken by ${mode}, event by event, and reads back equal`,
      () =>
        check(liveSession, SESSIONS, async ([start, ...events]) => {
          const scene = sceneOf(mode);
          const sid = await scene.server.open(start);
          for (const event of events) expect(await scene.server.add(sid, event)).toBe(204);
          await expectShown(scene, sid, [start, ...events]);
        }),
      TEST_MS_MAX,
    );

    test(
      `is taken by ${mode} as downloaded content on either path, and reads back equal`,
      () =>
        check(fc.tuple(downloaded, fc.boolean()), ARRAYS, async ([events, other]) => {
          const scene = sceneOf(mode);
          const response = await scene.server.post(`/api/v1/${other ? "downloaded" : "sessions"}`, events);
          expect(response.status).toBe(201);
          await expectShown(scene, sidOf(response), events);
        }),
      TEST_MS_MAX,
    );
  }
});

/** What the tables hold: sessions and events beside their starts. */
function countRows({ reader }: Scene): { sessions: number; events: number } {
  const [row] = reader
    .query<never, []>("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM events)")
    .values();
  const [sessions, events] = row as unknown as [number, number];
  return { sessions, events };
}

/** Posts a body that may be anything: it is taken with all its rows, or refused with none. */
async function probe(scene: Scene, path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  const before = countRows(scene);
  const response = await scene.server.post(path, body);
  const after = countRows(scene);
  expect([201, 204, 400, 413]).toContain(response.status);
  const added = { sessions: after.sessions - before.sessions, events: after.events - before.events };
  if (response.status === 204) expect(added).toEqual({ sessions: 0, events: 1 });
  if (response.status === 201) expect(added).toEqual({ sessions: 1, events: lengthOf(body) - 1 });
  if (!response.ok) {
    expect(added).toEqual({ sessions: 0, events: 0 });
    await expectRefusal(response);
  }
  return response;
}

/** The elements of downloaded content; one for a single event. */
function lengthOf(body: string | Uint8Array<ArrayBuffer>): number {
  const value = JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));
  return Array.isArray(value) ? value.length : 1;
}

async function expectRefusal(response: Response): Promise<void> {
  const text = await response.text();
  expect(text.length).toBeLessThan(REFUSAL_CHARS_MAX);
  const { code, message, errors, ...others } = JSON.parse(text);
  expect([code in REQUEST_ERRORS, typeof message, others]).toEqual([true, "string", {}]);
  if (response.status === 413) return;
  expect(errors.length).toBeWithin(1, 9);
  for (const { pointer, code, message: words } of errors) {
    expect([typeof pointer, typeof code, typeof words]).toEqual(["string", "string", "string"]);
    expect(pointer).toMatch(/^(\/|$)/);
  }
}

/** Whatever was taken can be read: its session answers, and every number in it is a number. */
async function expectReadable({ server }: Scene, sid: string): Promise<void> {
  const { session, events } = await server.admin(`/admin/api/sessions/${sid}`);
  expect(session.sid).toBe(sid);
  for (const { ts, playhead } of events) expect([Number.isSafeInteger(ts), playhead >= 0]).toEqual([true, true]);
}

describe("whatever else is sent", () => {
  for (const mode of VALIDATION_MODES) {
    test(
      `as a start to ${mode} is taken or refused, and a refusal leaves no row`,
      () =>
        check(fc.oneof(mutated(liveStart), truncated(liveStart), anyText), MUTATIONS, async (body) => {
          const response = await probe(sceneOf(mode), "/api/v1/sessions", body);
          if (response.ok) await expectReadable(sceneOf(mode), sidOf(response));
        }),
      TEST_MS_MAX,
    );

    test(
      `as an event to ${mode} is taken or refused, and a refusal leaves no row`,
      async () => {
        const event = fc.oneof({ weight: 9, arbitrary: running }, { weight: 1, arbitrary: sessionEnd });
        const body = fc.oneof({ weight: 6, arbitrary: mutated(event) }, truncated(event), anyText);
        let taken = 0;
        await check(body, MUTATIONS, async (each) => {
          const sid = await sceneOf(mode).server.open();
          const response = await probe(sceneOf(mode), `/api/v1/sessions/${sid}/events`, each);
          if (response.ok) taken += 1;
          await expectReadable(sceneOf(mode), sid);
        });
        // Both ways are gone, or the property says nothing.
        expect(taken).toBeWithin(1, MUTATIONS);
      },
      TEST_MS_MAX,
    );

    test(
      `as downloaded content to ${mode} is taken whole or refused whole`,
      () =>
        check(fc.tuple(fc.oneof(mutated(downloaded), anyText), fc.boolean()), ARRAYS, async ([body, other]) => {
          const path = `/api/v1/${other ? "downloaded" : "sessions"}`;
          const response = await probe(sceneOf(mode), path, body);
          if (response.ok) await expectReadable(sceneOf(mode), sidOf(response));
        }),
      TEST_MS_MAX,
    );
  }
});
