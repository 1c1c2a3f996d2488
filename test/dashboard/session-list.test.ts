/** The session list as it grows at both ends, and the range of its question. */

import { describe, expect, test } from "bun:test";
import type { SessionSummary } from "../../src/dashboard/api/answers.ts";
import { instantIn } from "../../src/dashboard/format/times.ts";
import { withNewest, withOlder } from "../../src/dashboard/model/session-list.ts";

const page = (ids: readonly number[], nextCursor: string | null = "next") => ({
  sessions: ids.map((id) => ({ sid: `s${id}`, startedAt: id }) as SessionSummary),
  nextCursor,
});
const sidsOf = ({ sessions }: { sessions: readonly SessionSummary[] }) => sessions.map(({ startedAt }) => startedAt);

describe("a session list", () => {
  const list = withOlder(page([9, 8, 7], "a"), page([6, 5], "b"));

  test("appends older sessions", () => {
    expect(sidsOf(list)).toEqual([9, 8, 7, 6, 5]);
    expect(list.nextCursor).toBe("b");
  });

  test("prepends newer sessions, and keeps the place where it goes on", () => {
    const newer = withNewest(list, page([11, 10, 9], "c"));
    expect(sidsOf(newer)).toEqual([11, 10, 9, 8, 7, 6, 5]);
    expect(newer.nextCursor).toBe("b");
  });

  test("drops sessions that have gone from its newest part", () => {
    expect(sidsOf(withNewest(list, page([9, 7, 6], "c")))).toEqual([9, 7, 6, 5]);
  });

  test("starts over rather than leave a gap of unseen sessions, and once no older ones are left", () => {
    expect(sidsOf(withNewest(list, page([20, 19, 18], "c")))).toEqual([20, 19, 18]);
    expect(sidsOf(withNewest(list, page([9], null)))).toEqual([9]);
    expect(sidsOf(withNewest(undefined, page([9])))).toEqual([9]);
  });
});

test.each([
  ["2026-03-28", "UTC", "2026-03-28T00:00:00Z"],
  ["2026-03-28", "America/New_York", "2026-03-28T04:00:00Z"],
  ["2026-03-29T03:30", "Europe/Berlin", "2026-03-29T01:30:00Z"],
  ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z"],
  ["2026-10-25T04:00:30", "Europe/Berlin", "2026-10-25T03:00:30Z"],
  ["2026-03-28T10:00:00Z", "Asia/Tokyo", "2026-03-28T10:00:00Z"],
  ["1774692000123", "Asia/Tokyo", "2026-03-28T10:00:00.123Z"],
])("%s in %s is an instant", (text, zone, instant) => {
  expect(instantIn(text, zone)).toBe(Date.parse(instant));
});

test("a malformed instant is none", () => {
  expect(instantIn("soon", "UTC")).toBeUndefined();
  expect(instantIn("", "UTC")).toBeUndefined();
});
