/** Open sessions beside the facts: what is replaced again and again takes no more memory in the end. */

import { expect, test } from "bun:test";
import { MIB } from "../../../src/base/units.ts";
import { FactsDatabase } from "../../../src/reports/facts/database.ts";
import { OpenSessions } from "../../../src/reports/facts/open-sessions.ts";
import { adding, arrivedAt, newHead, opening, openingWith } from "../../store/writes.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { scene } from "./scene.ts";

const SESSIONS = 250;
const ROUNDS = 20;

async function memoryOf({ connection }: FactsDatabase): Promise<number> {
  const sql = "SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'";
  const found = await connection.runAndReadAll(sql);
  return Number(found.getRowsJS()[0]?.[0]) / MIB;
}

test("open sessions that go on and on leave memory as it is", async () => {
  await using it = scene();
  await using database = await FactsDatabase.open({ path: it.factsPath, memoryBytesMax: 512 * MIB });
  const heads = Array.from({ length: SESSIONS }, () => newHead());
  await it.store.append(heads.map((head) => opening(head)));
  const open = new OpenSessions(it.store);
  const memory: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await it.store.append(heads.map((head) => adding(head, arrivedAt(round, "ping"))));
    await open.look(round);
    while (await open.step(database.connection));
    memory.push(await memoryOf(database));
  }
  const count = await database.connection.runAndReadAll("SELECT count(*)::DOUBLE FROM open.main.sessions");
  expect(count.getRowsJS()).toEqual([[SESSIONS]]);
  const half = ROUNDS / 2;
  expect(Math.max(...memory.slice(half))).toBeLessThanOrEqual(Math.max(...memory.slice(0, half)));
});

test("open sessions whose names outweigh the memory of reports are counted", async () => {
  await using it = scene();
  await using database = await FactsDatabase.open({ path: it.factsPath, memoryBytesMax: 64 * MIB });
  const heads = Array.from({ length: 3000 }, () => newHead());
  for (const [at, head] of heads.entries()) {
    const name = `${at} ${"x".repeat(8192)}`.slice(0, 8192);
    const params = { ...REQUIRED_PARAMS, "media.id": name, "media.name": name, "media.channel": name };
    await it.store.append([openingWith(head, { params })]);
  }
  const open = new OpenSessions(it.store);
  await open.look(1);
  while (await open.step(database.connection));
  const count = await database.connection.runAndReadAll("SELECT count(*)::DOUBLE FROM open.main.sessions");
  expect(count.getRowsJS()).toEqual([[heads.length]]);
});
