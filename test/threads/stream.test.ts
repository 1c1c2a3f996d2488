/** Streams over a real Worker: nothing is made before it is asked for, and nothing waits for what never comes. */

import { describe, expect, test } from "bun:test";
import { waitFor } from "../support/wait-for.ts";
import { codeOfPromise, type TrialLane, trialLane } from "./trial-lane.ts";

const stream = (pieces: number, failAt?: number) =>
  ({ kind: "stream", pieces, ...(failAt !== undefined && { failAt }) }) as const;

async function readAll(readable: ReadableStream<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const piece of readable) bytes.push(...piece);
  return bytes;
}

/** Waits until every stream that began has ended in the Worker. */
async function expectEnded({ counts, lane }: TrialLane, streams: number): Promise<void> {
  await waitFor(async () => (await counts()).streamsEnded === streams);
  expect(lane.jobs).toBe(0);
}

describe("a stream", () => {
  for (const pieces of [0, 1, 2, 300]) {
    test(`of ${pieces} pieces arrives whole and in order`, async () => {
      await using trial = trialLane();
      const expected = Array.from({ length: pieces }, (_, at) => at % 256);
      expect(await readAll(await trial.lane.stream(stream(pieces)))).toEqual(expected);
      await expectEnded(trial, 1);
    });
  }

  test("makes no piece that nobody has asked for", async () => {
    await using trial = trialLane();
    const reader = (await trial.lane.stream(stream(1000))).getReader();
    // One piece proves that it works, and none is made ahead of it.
    expect((await trial.counts()).pieces).toBe(1);
    for (let read = 1; read <= 5; read += 1) await reader.read();
    await waitFor(async () => (await trial.counts()).pieces >= 5);
    for (let look = 0; look < 20; look += 1) expect((await trial.counts()).pieces).toBeLessThanOrEqual(6);
    await reader.cancel();
    await expectEnded(trial, 1);
  });

  test("whose reader goes away is ended in the Worker, and its place is free", async () => {
    await using trial = trialLane({ jobsMax: 2 });
    for (let round = 1; round <= 5; round += 1) {
      const reader = (await trial.lane.stream(stream(1000))).getReader();
      await reader.read();
      await reader.cancel();
      await expectEnded(trial, round);
    }
  });

  test("whose reader is gone by its signal breaks, also when nobody reads at that moment", async () => {
    await using trial = trialLane();
    const leaving = new AbortController();
    const reader = (await trial.lane.stream(stream(1000), leaving.signal)).getReader();
    await reader.read();
    leaving.abort();
    await expectEnded(trial, 1);
    // Whatever lay ready may still be read; then it breaks rather than hangs.
    const reading = async () => {
      for (let at = 0; at < 3; at += 1) await reader.read();
    };
    expect(await codeOfPromise(reading())).toBe("deadline-exceeded");
  });

  test("that fails before its first piece says so in place of a stream", async () => {
    await using trial = trialLane();
    expect(await codeOfPromise(trial.lane.stream(stream(5, 0)))).toBe("store-failed");
    await expectEnded(trial, 1);
  });

  for (const failAt of [1, 3, 5]) {
    test(`that fails behind ${failAt} of 5 pieces gives these and breaks with the reason`, async () => {
      await using trial = trialLane();
      const reader = (await trial.lane.stream(stream(5, failAt))).getReader();
      const read: number[] = [];
      const reading = async () => {
        while (true) {
          const { done, value } = await reader.read();
          if (done) return;
          read.push(...value);
        }
      };
      expect(await codeOfPromise(reading())).toBe("store-failed");
      // A piece that lies ready when a stream breaks is dropped with it.
      expect(read.length).toBeGreaterThanOrEqual(failAt - 1);
      await expectEnded(trial, 1);
    });
  }

  test("breaks when the Worker dies, whether or not somebody reads at that moment, and starts none to go on", async () => {
    await using trial = trialLane();
    const [idle, reading] = [await trial.lane.stream(stream(1000)), await trial.lane.stream(stream(1_000_000))];
    const ended = codeOfPromise(readAll(reading));
    trial.workers[0]?.terminate();
    expect(await ended).toBe("overloaded");
    expect(await codeOfPromise(readAll(idle))).toBe("overloaded");
    expect([trial.workers.length, trial.lane.jobs]).toEqual([1, 0]);
  });

  test("over the bound of the queue is refused", async () => {
    await using trial = trialLane({ jobsMax: 1 });
    const reader = (await trial.lane.stream(stream(10))).getReader();
    expect(await codeOfPromise(trial.lane.stream(stream(10)))).toBe("overloaded");
    await reader.cancel();
    await waitFor(() => trial.lane.jobs === 0);
    expect(await readAll(await trial.lane.stream(stream(2)))).toEqual([0, 1]);
  });

  test("breaks when the server stops", async () => {
    const trial = trialLane();
    const idle = await trial.lane.stream(stream(1000));
    await trial.lane.stop();
    expect(await codeOfPromise(readAll(idle))).toBe("overloaded");
  });

  test("beside another gets its own pieces", async () => {
    await using trial = trialLane();
    const both = await Promise.all([trial.lane.stream(stream(50)), trial.lane.stream(stream(70))]);
    const [first, second] = await Promise.all(both.map(readAll));
    expect([first?.length, second?.length]).toEqual([50, 70]);
  });
});
