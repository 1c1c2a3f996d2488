/** Streams over a real Worker: pieces are made only on request, and no reader waits for one that never comes. */

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

  test("makes no piece that its reader hasn't asked for", async () => {
    await using trial = trialLane();
    const reader = (await trial.lane.stream(stream(1000))).getReader();
    // One piece proves that the stream works; none is made ahead of it.
    expect((await trial.counts()).pieces).toBe(1);
    for (let read = 1; read <= 5; read += 1) await reader.read();
    await waitFor(async () => (await trial.counts()).pieces >= 5);
    for (let look = 0; look < 20; look += 1) expect((await trial.counts()).pieces).toBeLessThanOrEqual(6);
    await reader.cancel();
    await expectEnded(trial, 1);
  });

  test("whose reader leaves ends in the Worker, and frees its place", async () => {
    await using trial = trialLane({ jobsMax: 2 });
    for (let round = 1; round <= 5; round += 1) {
      const reader = (await trial.lane.stream(stream(1000))).getReader();
      await reader.read();
      await reader.cancel();
      await expectEnded(trial, round);
    }
  });

  test("whose reader's signal aborts breaks, even between two reads", async () => {
    await using trial = trialLane();
    const leaving = new AbortController();
    const reader = (await trial.lane.stream(stream(1000), leaving.signal)).getReader();
    await reader.read();
    leaving.abort();
    await expectEnded(trial, 1);
    // Pieces that are ready may still be read; then the stream breaks rather than hangs.
    const reading = async () => {
      for (let at = 0; at < 3; at += 1) await reader.read();
    };
    expect(await codeOfPromise(reading())).toBe("deadline-exceeded");
  });

  test("that fails before its first piece throws instead of streaming", async () => {
    await using trial = trialLane();
    expect(await codeOfPromise(trial.lane.stream(stream(5, 0)))).toBe("store-failed");
    await expectEnded(trial, 1);
  });

  for (const failAt of [1, 3, 5]) {
    test(`that fails after ${failAt} of 5 pieces gives these and breaks with the reason`, async () => {
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
      // A piece that is ready when a stream breaks is dropped with it.
      expect(read.length).toBeGreaterThanOrEqual(failAt - 1);
      await expectEnded(trial, 1);
    });
  }

  test("breaks when the Worker dies, during or between reads, and starts no other Worker to go on", async () => {
    await using trial = trialLane();
    const idle = await trial.lane.stream(stream(1000));
    const reading = await trial.lane.stream(stream(1_000_000));
    const ended = codeOfPromise(readAll(reading));
    trial.workers[0]?.terminate();
    expect(await ended).toBe("overloaded");
    expect(await codeOfPromise(readAll(idle))).toBe("overloaded");
    expect([trial.workers.length, trial.lane.jobs]).toEqual([1, 0]);
  });

  test("beyond the queue's bound is refused", async () => {
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
