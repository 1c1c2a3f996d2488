/** csv and parquet as another program reads them: DuckDB's own readers, which share no line with our writers. */

import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DuckDBTimestampTZValue } from "@duckdb/node-api";
import { csvCell } from "../../src/base/csv.ts";
import { EXPORTS } from "../../src/exports/catalogue.ts";
import type { Cell, ColumnInfo } from "../../src/exports/field.ts";
import { EXPORT_KINDS, type ExportKindName } from "../../src/exports/query.ts";
import { openSource } from "../../src/exports/source.ts";
import { arrivedAt, NOW_MS } from "../store/writes.ts";
import { csvReader, readBack } from "./read-back.ts";
import { addNasty, NASTY_NUMBERS, type StoredScene, storedScene } from "./stored.ts";

/** The cells that an export has, row by row. */
async function cellsOf(scene: StoredScene, kind: ExportKindName): Promise<Readonly<Record<string, Cell>>[]> {
  const { columns, pages } = EXPORTS[kind];
  const rows: Record<string, Cell>[] = [];
  for await (const page of pages(openSource({ store: scene.store, query: {} }))) {
    for (const row of page) {
      const cells = row.cells();
      rows.push(Object.fromEntries(columns.map(({ name }, at) => [name, cells[at] ?? null])));
    }
  }
  return rows;
}

describe("a csv cell", () => {
  const cells: readonly (readonly [Cell, string])[] = [
    [null, ""],
    ["", '""'],
    ["plain", "plain"],
    ['a "b"', '"a ""b"""'],
    ["a,b", '"a,b"'],
    ["a\nb", '"a\nb"'],
    ["a\rb", '"a\rb"'],
    ["=1+1", "'=1+1"],
    ["+1+1", "'+1+1"],
    ["-1+1", "'-1+1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\tx", "'\tx"],
    ["\rx", '"\'\rx"'],
    ['=A1&","', '"\'=A1&"","""'],
    ["-", "'-"],
    ["-5", "-5"],
    ["+5.25e-3", "+5.25e-3"],
    ["-5 ", "'-5 "],
    ["5-5", "5-5"],
    [-5, "-5"],
    [-1e-7, "-1e-7"],
    [1e21, "1e+21"],
    [0.1, "0.1"],
    [true, "true"],
    [false, "false"],
  ];
  for (const [cell, text] of cells) {
    test(`of ${JSON.stringify(cell)} is ${JSON.stringify(text)}`, () => {
      expect(csvCell(cell)).toBe(text);
    });
  }
});

describe("csv", () => {
  for (const kind of EXPORT_KINDS) {
    test(`of ${kind} reads back cell by cell, but for the mark in front of formulas`, async () => {
      await using scene = storedScene();
      await addNasty(scene);
      const expected = await cellsOf(scene, kind);
      const read = await readBack(await scene.bytes({ kind, format: "csv" }), csvReader(EXPORTS[kind].columns));
      expect(expected.length).toBeGreaterThan(0);
      expect(read).toHaveLength(expected.length);
      for (const [at, row] of read.entries()) expect(row).toEqual(asText(expected[at] ?? {}, row));
    });
  }

  test("ends each line with CRLF, and needs no other line break outside quotes", async () => {
    await using scene = storedScene();
    await scene.add([arrivedAt(1, "ping")]);
    const text = Buffer.from(await scene.bytes({ kind: "events", format: "csv" })).toString();
    expect(text.endsWith("\r\n")).toBe(true);
    expect(text.split("\n").filter((line) => line !== "" && !line.endsWith("\r"))).toEqual([]);
  });
});

describe("parquet", () => {
  for (const kind of EXPORT_KINDS) {
    test(`of ${kind} reads back cell by cell, in the types of the columns`, async () => {
      await using scene = storedScene();
      await addNasty(scene);
      const expected = await cellsOf(scene, kind);
      const bytes = await scene.bytes({ kind, format: "parquet" });
      const read = await readBack(bytes, (path) => `read_parquet('${path}')`);
      expect(expected.length).toBeGreaterThan(0);
      expect(read).toEqual(expected.map((row) => typed(row, EXPORTS[kind].columns)));
      expect(readdirSync(join(scene.dataDir, "scratch"))).toEqual(["turn"]);
    });
  }

  test("of nothing is a file with columns and no rows", async () => {
    await using scene = storedScene();
    const bytes = await scene.bytes({ kind: "sessions", format: "parquet" });
    const columns = await readBack(bytes, (path) => `(DESCRIBE FROM read_parquet('${path}'))`);
    expect(columns.map((row) => row["column_name"])).toEqual(EXPORTS.sessions.columns.map(({ name }) => name));
    expect(await readBack(bytes, (path) => `read_parquet('${path}')`)).toEqual([]);
  });

  test("of more rows than one part takes is one file, in order", async () => {
    await using scene = storedScene();
    const perSession = 20_000;
    for (let count = 0; count < 6; count += 1) {
      const pings = Array.from({ length: perSession }, (_, at) => arrivedAt(at, "ping"));
      await scene.add(pings, { open: true, startedAtMs: NOW_MS + count });
    }
    const bytes = await scene.bytes({ kind: "events", format: "parquet" });
    const [row] = await readBack(
      bytes,
      (path) =>
        `(SELECT count(*) AS events, count(DISTINCT seq) AS seqs, count_if(seq < before) AS backwards FROM
          (SELECT seq, lag(seq) OVER () AS before FROM read_parquet('${path}')))`,
    );
    expect(row).toEqual({ events: BigInt(6 * (perSession + 1)), seqs: BigInt(6 * perSession + 1), backwards: 0n });
  });

  test("keeps instants as far away as a player may say", async () => {
    await using scene = storedScene();
    const instants = [Number.MIN_SAFE_INTEGER, -1, 0, Number.MAX_SAFE_INTEGER];
    await scene.add(
      instants.map((tsMs) => ({ ...arrivedAt(1, "ping"), tsMs })),
      { open: true },
    );
    const bytes = await scene.bytes({ kind: "events", format: "parquet" });
    const rows = await readBack(
      bytes,
      (path) => `(SELECT epoch_ms(ts) AS ms FROM read_parquet('${path}') WHERE seq > 0)`,
    );
    expect(rows.map(({ ms }) => Number(ms))).toEqual(instants);
  });

  test("of a number keeps every bit", async () => {
    await using scene = storedScene();
    for (const [at, number] of NASTY_NUMBERS.entries()) {
      await scene.add([], { params: { "media.length": number }, startedAtMs: NOW_MS + at });
    }
    const bytes = await scene.bytes({ kind: "sessions", format: "parquet" });
    const rows = await readBack(bytes, (path) => `(SELECT "media.length" AS length FROM read_parquet('${path}'))`);
    expect(rows.map(({ length }) => length)).toEqual([...NASTY_NUMBERS]);
  });
});

describe("what has no column of its own, or another type than documented,", () => {
  test("is in otherParams", async () => {
    await using scene = storedScene();
    const params = { "media.name": "N", own: 1, "media.ad.id": "misplaced", "media.show": 5 as unknown as string };
    await scene.add([], { params });
    const [cells] = await cellsOf(scene, "sessions");
    expect(cells).toMatchObject({ "media.name": "N", "media.show": null });
    expect(JSON.parse(String(cells?.["otherParams"]))).toEqual({ own: 1, "media.ad.id": "misplaced", "media.show": 5 });
  });
});

/** A row as csv has it: text, with a mark in front of what a spreadsheet would run, if the file has one there. */
function asText(row: Readonly<Record<string, Cell>>, read: Readonly<Record<string, unknown>>) {
  const textOf = (name: string, cell: Cell) => {
    if (cell === null) return null;
    const isMarked = typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) && read[name] === `'${cell}`;
    return isMarked ? `'${cell}` : String(cell);
  };
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, textOf(name, cell)]));
}

/** A row with its values as DuckDB gives them. */
function typed(row: Readonly<Record<string, Cell>>, columns: readonly ColumnInfo[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ name, type }) => {
      const cell = row[name] ?? null;
      if (cell === null) return [name, null];
      if (type === "integer") return [name, BigInt(cell as number)];
      if (type === "instant") return [name, new DuckDBTimestampTZValue(BigInt(cell as number) * 1000n)];
      return [name, cell];
    }),
  );
}
