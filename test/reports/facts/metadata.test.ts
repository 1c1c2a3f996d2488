/** Metadata in facts: as it was sent, unless it is too long; then its beginning, and a word that it is. */

import { describe, expect, test } from "bun:test";
import {
  keptMetadata,
  METADATA_ROW_CHARS_MAX as ROW_MAX,
  METADATA_VALUE_CHARS_MAX as VALUE_MAX,
} from "../../../src/reports/facts/metadata.ts";
import { VALUE_CHARS_MAX } from "../../../src/reports/query/filter.ts";

const long = (chars: number) => "x".repeat(chars);

describe("metadata in facts", () => {
  test("is none where none was sent, and the same where it is short", () => {
    expect([keptMetadata(undefined), keptMetadata({})]).toEqual([null, null]);
    const metadata = { plan: "premium", empty: "", full: long(VALUE_MAX) };
    expect(keptMetadata(metadata)).toBe(metadata);
  });

  test("keeps the beginning of a value, and no half of a character", () => {
    const kept = keptMetadata({ a: long(VALUE_MAX + 1), b: `${long(VALUE_MAX - 1)}🎬` });
    expect(kept).toEqual({ a: long(VALUE_MAX), b: long(VALUE_MAX - 1) });
  });

  test("leaves out what a row has no room for, and keeps what is short", () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`key${at}`, long(VALUE_MAX)]));
    const kept = keptMetadata({ ...many, last: "short" }) ?? {};
    expect(Object.keys(kept)).toEqual(["key0", "key1", "key2", "key3", "key4", "key5", "key6", "last"]);
    expect(JSON.stringify(kept).length).toBeLessThan(ROW_MAX + 100);
    expect(keptMetadata({ [long(ROW_MAX + 1)]: "", a: "b" })).toEqual({ a: "b" });
  });

  test("holds every value that a filter can ask for", () => {
    expect(VALUE_MAX).toBeGreaterThanOrEqual(VALUE_CHARS_MAX);
  });
});
