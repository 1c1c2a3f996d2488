/** Instants as clients of Media Edge write them. */

import { describe, expect, test } from "bun:test";
import { parseInstant } from "../../../src/protocol/edge/timestamp.ts";

const AT = Date.UTC(2026, 2, 4, 13, 39, 0);

describe("an instant", () => {
  const rows: readonly (readonly [text: string, tsMs: number | undefined])[] = [
    ["2026-03-04T13:39:00Z", AT],
    ["2026-03-04T13:39:00.406Z", AT + 406],
    ["2026-03-04T13:39:00.4Z", AT + 400],
    ["2026-03-04T13:39:00.406999Z", AT + 406],
    ["2026-03-04T15:39:00+02:00", AT],
    ["2026-03-04T13:39:00+00:00", AT],
    ["2026-03-04T08:09:00.001-05:30", AT + 1],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    ["2026-02-29T00:00:00Z", undefined],
    ["2026-02-29T00:00:00.000Z", undefined],
    ["2026-03-04T23:59:59.999Z", Date.UTC(2026, 2, 4, 23, 59, 59, 999)],
    ["2026-03-05T00:00:00.000Z", Date.UTC(2026, 2, 5)],
    ["2026-03-04T24:00:00.000Z", Date.UTC(2026, 2, 5)],
    ["2026-03-04T23:60:00.000Z", undefined],
    ["2026-13-01T00:00:00Z", undefined],
    ["2026-03-04T24:30:00Z", undefined],
    ["2026-03-04T13:39:00", undefined],
    ["2026-03-04 13:39:00Z", undefined],
    ["04/03/2026 13:39", undefined],
    ["1772631540000", undefined],
    ["", undefined],
  ];
  for (const [text, tsMs] of rows) {
    test(`${JSON.stringify(text)} is ${tsMs === undefined ? "none" : new Date(tsMs).toISOString()}`, () => {
      expect(parseInstant(text, false)?.tsMs).toBe(tsMs as number);
    });
  }

  const unpadded: readonly (readonly [fraction: string, ms: number, isFlagged: boolean])[] = [
    ["7", 7, true],
    ["45", 45, true],
    ["450", 450, false],
    ["04", 4, true],
  ];
  for (const [fraction, ms, isFlagged] of unpadded) {
    test(`.${fraction} is ${ms} ms of a client that doesn't pad`, () => {
      expect(parseInstant(`2026-03-04T13:39:00.${fraction}Z`, true)).toEqual({ tsMs: AT + ms, unpadded: isFlagged });
    });
  }
});
