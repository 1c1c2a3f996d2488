/** Recorded players: the numbers of the samples come out exactly as they were worked out. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import type { Metrics, NamedMetrics } from "../../src/sessions/metrics.ts";
import { parseSession } from "./wire.ts";

const FOLDER = join(import.meta.dir, "../golden");
const SAMPLES = ["timeline", "chromecast-vod"];

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(FOLDER, file), "utf8"));
}

/** The sample's one session, in order of sending. */
function eventsOf(sample: string): PlayerEvent[] {
  const { requests } = read<{ requests: { body: unknown }[] }>(`${sample}.requests.json`);
  return parseSession(requests.map(({ body }) => body));
}

/** Compares what the sample lists. */
function expectMetrics(actual: Metrics, golden: Metrics): void {
  const listed = Object.keys(golden);
  const pick = (metrics: NamedMetrics) => Object.fromEntries(listed.map((id) => [id, metrics[id]]));
  expect(listed.length).toBeGreaterThan(30);
  expect(pick(actual)).toEqual(pick(golden));
}

describe.each(SAMPLES)("the sample %s", (sample) => {
  const golden = read<Metrics>(`${sample}.metrics.json`);

  test("has the numbers that were worked out for it", () => {
    const { metrics } = foldSession(eventsOf(sample), { closed: true });
    expectMetrics(metrics, golden);
  });

  test("has the same numbers when it arrives in reverse", () => {
    const [start, ...rest] = eventsOf(sample);
    const { metrics } = foldSession([start as PlayerEvent, ...rest.toReversed()], { closed: true });
    expectMetrics(metrics, golden);
  });

  test("counts every one of its events", () => {
    const { timeline } = foldSession(eventsOf(sample), { closed: true });
    expect(timeline.filter(({ verdict }) => verdict !== "counted")).toEqual([]);
  });
});
