/** Requests for exports: what they may say, and that a refusal lists what is allowed. */

import { describe, expect, test } from "bun:test";
import {
  EXPORT_FORMATS,
  EXPORT_KINDS,
  type ExportRequest,
  exportFileName,
  parseExportQuery,
} from "../../src/exports/query.ts";
import { codeOf } from "../support/code-of.ts";

describe("a request for an export", () => {
  test("is ndjson without a range unless it says more", () => {
    expect(parseExportQuery({ kind: "events" })).toEqual({ kind: "events", format: "ndjson", gzip: false });
  });

  test("takes instants in either notation", () => {
    const query = parseExportQuery({ kind: "ads", format: "csv", from: "2026-01-31", to: "1790000000000", gzip: true });
    expect(query).toEqual({
      kind: "ads",
      format: "csv",
      gzip: true,
      fromMs: Date.UTC(2026, 0, 31),
      toMs: 1_790_000_000_000,
    });
  });

  test("takes dates and times without an offset in its time zone", () => {
    const asked = { kind: "ads", from: "2026-11-28", to: "2026-11-29T00:00+01:00", timezone: "Europe/Berlin" };
    expect(parseExportQuery(asked)).toMatchObject({
      fromMs: Date.UTC(2026, 10, 27, 23),
      toMs: Date.UTC(2026, 10, 28, 23),
    });
  });

  const refused: readonly (readonly [string, ExportRequest, readonly string[]])[] = [
    ["no kind", { kind: undefined }, EXPORT_KINDS],
    ["an unknown kind", { kind: "viewers" }, EXPORT_KINDS],
    ["a kind of Object's", { kind: "constructor" }, EXPORT_KINDS],
    ["an unknown format", { kind: "ads", format: "xlsx" }, Object.keys(EXPORT_FORMATS)],
    ["a format of Object's", { kind: "ads", format: "toString" }, Object.keys(EXPORT_FORMATS)],
    ["an empty format", { kind: "ads", format: "" }, Object.keys(EXPORT_FORMATS)],
    ["a bad from", { kind: "ads", from: "yesterday" }, ["from must be"]],
    ["a bad to", { kind: "ads", to: "9".repeat(30) }, ["to must be"]],
    ["a time zone of Mars", { kind: "ads", timezone: "Mars/Olympus" }, ["timezone must be an IANA time zone"]],
    ["a mark before ndjson", { kind: "ads", bom: true }, ["bom is for csv alone"]],
    ["Parquet within gzip", { kind: "ads", format: "parquet", gzip: true }, ["Cannot compress parquet", "within"]],
    ["a cursor and a range", { kind: "ads", changedSince: "a-1", to: "2026-01-01" }, ["Cannot combine"]],
    ["an empty range", { kind: "ads", from: "2", to: "2" }, ["from must be before to"]],
  ];
  for (const [name, request, words] of refused) {
    test(`with ${name} is refused in words that say what is allowed`, () => {
      expect(codeOf(() => parseExportQuery(request))).toBe("invalid-query");
      for (const word of words) expect(() => parseExportQuery(request)).toThrow(word);
    });
  }

  test("names its file by what it holds and the day", () => {
    const query = parseExportQuery({ kind: "adBreaks", format: "parquet" });
    expect(exportFileName(query, Date.UTC(2026, 0, 31, 23))).toBe("playhead-adBreaks-2026-01-31.parquet");
  });
});
