/** What a server chooses of its definitions: results say it, on the request thread and in Workers. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { definitionsOf } from "../../src/store/definitions.ts";
import { sidOf, startTestServer } from "../support/server.ts";

const FILM: object[] = JSON.parse(readFileSync("test/golden/mending/03c-empty-break-never-completed.json", "utf8"));
const BITRATE = 2500;

function reporting(bitrate: number): object[] {
  const at = FILM.findIndex((event) => "eventType" in event && event.eventType === "play");
  return FILM.with(at, { ...FILM[at], qoeData: { "media.qoe.bitrate": bitrate } });
}

async function downloaded(storage: object, events: readonly object[]) {
  await using server = await startTestServer({ config: storage });
  const sid = sidOf(await server.post("/api/v1/downloaded", events));
  await server.app.work();
  return await server.admin(`/admin/api/sessions/${sid}`);
}

describe("the definitions of a server", () => {
  test("mend and read bitrates by themselves, and say nothing of it", async () => {
    const { session, metrics, unmended, events } = await downloaded({}, reporting(BITRATE));
    expect(session).toMatchObject({ definitions: 2 });
    expect(session.definitionChoices).toBeUndefined();
    expect(metrics).toMatchObject({ contentTimeSpent: 60, mendings: 1, averageBitrate: BITRATE * 1000 });
    expect(unmended).toMatchObject({ contentTimeSpent: 0, mendings: 0, dropsBeforeStart: 1 });
    expect(events[1]).toMatchObject({ rule: "break-never-completed", flags: ["mended:break-never-completed"] });
  });

  test("may have rules that only flag, and another unit", async () => {
    const chosen = { mendingOff: ["break-never-completed", "break-over-by-play"], bitrateUnit: "bps" } as const;
    const { session, metrics, unmended, events } = await downloaded(chosen, reporting(BITRATE));
    expect(session.definitionChoices).toEqual(chosen);
    expect(metrics).toMatchObject({ averageBitrate: BITRATE });
    expect(events[1]).toMatchObject({ rule: "in-place", flags: ["mendable:break-never-completed"] });
    expect(unmended === undefined).toBe(metrics.mendings === 0);
  });

  test("read every bitrate as kilobits where they are told so", async () => {
    const { metrics } = await downloaded({ bitrateUnit: "kbps" }, reporting(20_000));
    expect(metrics.averageBitrate).toBe(20_000_000);
  });

  test("name only rules that there are", () => {
    const chosen = { mendingOff: ["clock-forwards"], bitrateUnit: "auto" } as const;
    expect(() => definitionsOf(chosen)).toThrow("clock-forwards is none; did you mean clock-forward?");
    const unlike = { ...chosen, mendingOff: ["nonsense"] };
    expect(() => definitionsOf(unlike)).toThrow("nonsense is none; it takes clock-forward, ");
  });
});
