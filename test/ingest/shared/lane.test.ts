/** A lane of a shared intake: when it waits for a larger batch, and when it must not. */

import { expect, test } from "bun:test";
import { CommitLane, Load } from "../../../src/ingest/shared/lane.ts";

/** A lane of texts that notes its batches; a commit lasts until the event loop has gone round. */
function laneOfTexts() {
  const batches: (readonly string[])[] = [];
  const load = new Load({ queueEventsMax: 1000, queueWaitMsMax: 5000, elapsedMs: () => performance.now() });
  const lane = new CommitLane<string>({
    load,
    store: async (batch) => {
      batches.push(batch);
      await turns(1);
      return new Set();
    },
    keyOf: (text) => text,
    eventsIn: () => 1,
  });
  return { lane, batches };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("a busy lane waits for what comes a little later", async () => {
  const { lane, batches } = laneOfTexts();
  await Promise.all(["a", "b"].map((text) => lane.add(text)));
  // Without waiting a batch leaves after two turns; a machine that stands still may leave out some.
  for (let tries = 0; batches.at(-1)?.length !== 3 && tries < 100; tries += 1) {
    const early = ["c", "d"].map((text) => lane.add(text));
    await turns(4);
    await Promise.all([...early, lane.add("late")]);
  }
  expect(batches.at(-1)).toEqual(["c", "d", "late"]);
});

test("one request after the other never waits for more", async () => {
  const { lane, batches } = laneOfTexts();
  await lane.add("a");
  const early = lane.add("b");
  await turns(4);
  await Promise.all([early, lane.add("late")]);
  expect(batches).toEqual([["a"], ["b"], ["late"]]);
});
