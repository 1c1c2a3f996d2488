/** Titles that have one hash, as they can be made to: no viewer of one is counted for another. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { COLLIDES } from "../../src/reports/compile/coded.ts";
import { planOf } from "../../src/reports/compile/plan.ts";
import { compile } from "../../src/reports/compile/report.ts";
import { runStatement } from "../../src/reports/compile/statement.ts";
import { VIEWERS_IN } from "../../src/reports/facts/names.ts";
import { parseReport } from "../../src/reports/query/parse.ts";
import { runReport } from "../../src/reports/run/report.ts";
import { type Facts, RANGE, scene } from "./facts/scene.ts";

const made = scene();
let facts: Facts;
beforeAll(async () => {
  await made.fill(200);
  facts = await made.open();
  await facts.follow();
});
afterAll(async () => {
  await facts[Symbol.asyncDispose]();
  await made[Symbol.asyncDispose]();
});

test("the viewers of each title are its own, though all titles have one hash", async () => {
  const { connection } = facts.database;
  const body = { metrics: ["uniqueViewers", "mediaStarts"], dimension: ["media.name", "media.channel"] };
  const asked = parseReport({ ...body, from: RANGE.fromMs, to: RANGE.toMs, limit: 1000 }, RANGE.toMs);
  const { rows, totals, rowsTotal } = await runReport(connection, asked);
  expect(rowsTotal).toBeGreaterThan(10);
  await connection.run("CREATE TEMP MACRO hash(a, b) AS 1::UBIGINT");
  await expect(runStatement(connection, compile(planOf(asked, { isLarge: true })))).rejects.toThrow(COLLIDES);
  await connection.run(`CREATE TEMP MACRO ${VIEWERS_IN}(viewers) AS error('Out of Memory')`);
  expect(await runReport(connection, asked)).toMatchObject({ rows, totals, rowsTotal });
});
