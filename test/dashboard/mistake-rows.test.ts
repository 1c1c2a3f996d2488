/** What a page of mistakes takes for one, and what an error event calls its error. */

import { describe, expect, test } from "bun:test";
import { errorIdIn } from "../../src/dashboard/model/error-id.ts";
import { flagRows, mistakenOnly } from "../../src/dashboard/model/mistake-rows.ts";

const row = (flag: string, contentType: string | null, mediaStarts: number) => {
  return { flag, "media.contentType": contentType, mediaStarts, events: mediaStarts * 2 };
};

describe("flags by content type", () => {
  test("stand once each, and live content that has no length makes no mistake", () => {
    const rows = [
      row("length-unknown", "live", 50),
      row("length-unknown", "linear", 20),
      row("length-unknown", "radio", 10),
      row("missing-parameter:media.id", "live", 3),
      row("length-unknown", "vod", 1),
      row("length-unknown", null, 1),
      row("missing-parameter:media.id", "vod", 2),
    ];
    expect(flagRows(rows)).toEqual([
      { flag: "missing-parameter:media.id", mediaStarts: 5, events: 10 },
      { flag: "length-unknown", mediaStarts: 2, events: 4 },
    ]);
    expect(flagRows([row("length-unknown", "live", 50)])).toEqual([]);
  });

  test("lead to the sessions that were counted", () => {
    expect(mistakenOnly("length-unknown")).toEqual([
      "media.contentType!=live",
      "media.contentType!=linear",
      "media.contentType!=radio",
    ]);
    expect(mistakenOnly("missing-parameter:media.id")).toEqual([]);
  });
});

test("an error is called as the numbers call it, another event isn't", () => {
  const older = { "media.errorId": "old" };
  const newer = { "media.qoe.errorID": "new" };
  expect(errorIdIn({ type: "error", qoeData: newer, params: older })).toBe("new");
  expect(errorIdIn({ type: "error", qoeData: {}, params: newer })).toBe("new");
  expect(errorIdIn({ type: "error", params: older })).toBe("old");
  expect(errorIdIn({ type: "error" })).toBeUndefined();
  expect(errorIdIn({ type: "play", qoeData: newer })).toBeUndefined();
});
