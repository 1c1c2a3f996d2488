/** Jobs over a real Worker: bounds, deadlines, cancellation, death, stopping. */

import { describe, expect, test } from "bun:test";
import { getEventListeners } from "node:events";
import type { AppError, WaitError } from "../../src/base/errors.ts";
import { waitFor } from "../support/wait-for.ts";
import { codeOfPromise, trialLane } from "./trial-lane.ts";

const HOLD = { kind: "hold" } as const;
const echo = (value: unknown) => ({ kind: "echo", value }) as const;

describe("a job", () => {
  test("is done in the Worker, and its answer comes back", async () => {
    await using trial = trialLane();
    expect(trial.lane.isStarted).toBe(false);
    const answers = await Promise.all([1, { a: [null] }, "x"].map((value) => trial.lane.run<unknown>(echo(value))));
    expect(answers).toEqual([1, { a: [null] }, "x"]);
    expect([trial.workers.length, trial.lane.jobs, trial.lane.isStarted]).toEqual([1, 0, true]);
  });

  test("beyond the queue's bound is refused at once, and one is taken again as soon as there is room", async () => {
    await using trial = trialLane({ jobsMax: 3, desk: { jobsAtOnce: 1 } });
    const ending = new AbortController();
    const held = [1, 2, 3].map(() => codeOfPromise(trial.lane.run(HOLD, ending.signal)));
    expect(await codeOfPromise(trial.lane.run(echo(1)))).toBe("overloaded");
    expect(trial.lane.jobs).toBe(3);
    await waitFor(() => trial.lane.load().running > 0);
    expect(trial.lane.load()).toMatchObject({ waiting: 2, running: 1 });
    ending.abort();
    expect(await Promise.all(held)).toEqual(Array(3).fill("deadline-exceeded"));
    expect(trial.lane.load()).toMatchObject({ waiting: 0, running: 0, deaths: 0, pausedMs: 0 });
    expect(await trial.lane.run<number>(echo(2))).toBe(2);
  });

  test("that fails with an AppError keeps code and words; a bug is logged, and answered without details", async () => {
    await using trial = trialLane();
    expect(trial.lane.run({ kind: "fail", code: "report-too-large" })).rejects.toMatchObject({
      code: "report-too-large",
      message: "As it was told",
    });
    const error = await trial.lane.run({ kind: "fail" }).catch((thrown: AppError) => thrown);
    expect(error).toMatchObject({ code: "internal", message: "The work failed" });
    expect(trial.errors).toEqual([{ message: "A job failed", fields: { error: "Error: secret" } }]);
  });

  test("that can't be sent takes no place in the queue", async () => {
    await using trial = trialLane({ jobsMax: 1 });
    expect(trial.lane.run(echo(() => {}))).rejects.toThrow();
    expect(trial.lane.jobs).toBe(0);
    expect(await trial.lane.run<number>(echo(1))).toBe(1);
  });
});

describe("a deadline", () => {
  test("ends a job that runs", async () => {
    await using trial = trialLane({ timeoutMs: 100 });
    expect(await codeOfPromise(trial.lane.run(HOLD))).toBe("deadline-exceeded");
    expect((await trial.counts()).cancelled).toBe(1);
    expect(trial.errors).toEqual([]);
  });

  test("ends a waiting job, even while the previous one runs on, and makes room", async () => {
    await using trial = trialLane({ jobsMax: 2, desk: { jobsAtOnce: 1 } });
    const ending = new AbortController();
    const first = codeOfPromise(trial.lane.run(HOLD, ending.signal));
    expect(await codeOfPromise(trial.lane.run(echo(1), undefined, 50))).toBe("deadline-exceeded");
    expect(trial.lane.jobs).toBe(1);
    ending.abort();
    expect(await first).toBe("deadline-exceeded");
    expect((await trial.counts()).cancelled).toBe(1);
  });

  test("that a Worker misses ends the Worker, and another does the next job", async () => {
    await using trial = trialLane({ timeoutMs: 50, stuckMs: 100 });
    const other = codeOfPromise(trial.lane.run(HOLD, undefined, 5000));
    expect(await codeOfPromise(trial.lane.run({ kind: "block", ms: 3000 }))).toBe("deadline-exceeded");
    expect(await other).toBe("overloaded");
    expect(await trial.lane.run<number>(echo(1), undefined, 5000)).toBe(1);
    expect(trial.workers).toHaveLength(2);
  });
});

describe("a caller", () => {
  test("that leaves ends its job, whether it runs or waits", async () => {
    await using trial = trialLane({ desk: { jobsAtOnce: 1 } });
    const leaving = [new AbortController(), new AbortController()];
    const [first, second] = leaving.map(({ signal }) => codeOfPromise(trial.lane.run(HOLD, signal)));
    await waitFor(() => trial.lane.jobs === 2);
    leaving[1]?.abort();
    expect(await second).toBe("deadline-exceeded");
    leaving[0]?.abort();
    expect(await first).toBe("deadline-exceeded");
    expect((await trial.counts()).cancelled).toBe(1);
  });

  test("that has left before asking costs no job", async () => {
    await using trial = trialLane();
    expect(await codeOfPromise(trial.lane.run(HOLD, AbortSignal.abort()))).toBe("deadline-exceeded");
    expect([trial.lane.jobs, trial.workers.length]).toEqual([0, 0]);
  });

  test("that asks again and again leaves no listener behind", async () => {
    await using trial = trialLane({ jobsMax: 50 });
    const { signal } = new AbortController();
    for (let round = 0; round < 20; round += 1) {
      const jobs = Array.from({ length: 25 }, (_, at) =>
        codeOfPromise(trial.lane.run(at % 2 === 0 ? echo(at) : { kind: "fail", code: "internal" }, signal)),
      );
      await Promise.all(jobs);
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(trial.lane.jobs).toBe(0);
  });
});

describe("a Worker that dies", () => {
  for (const how of ["exit", "throw", "reject"] as const) {
    test(`by ${how} fails its jobs, and the next job has a new one`, async () => {
      await using trial = trialLane();
      const others = [codeOfPromise(trial.lane.run(HOLD)), codeOfPromise(trial.lane.run(echo(1)))];
      expect(await others[1]).toBe("nothing was thrown");
      expect(await codeOfPromise(trial.lane.run({ kind: "die", how }))).toBe("overloaded");
      expect(await others[0]).toBe("overloaded");
      expect([trial.lane.jobs, trial.lane.isStarted]).toEqual([0, false]);
      expect(trial.errors.map(({ message }) => message)).toEqual(["A Worker was lost"]);
      expect(await trial.lane.run<number>(echo(2))).toBe(2);
      expect(trial.workers).toHaveLength(2);
    });
  }

  test("by being ended fails its jobs, and the next job has a new one", async () => {
    await using trial = trialLane();
    const held = codeOfPromise(trial.lane.run(HOLD));
    trial.workers[0]?.terminate();
    expect(await held).toBe("overloaded");
    expect(await trial.lane.run<number>(echo(1))).toBe(1);
  });

  test("again and again keeps no caller waiting and leaves no job behind", async () => {
    await using trial = trialLane();
    for (let round = 0; round < 10; round += 1) {
      const held = codeOfPromise(trial.lane.run(HOLD));
      expect(await codeOfPromise(trial.lane.run({ kind: "die", how: "exit" }))).toBe("overloaded");
      expect(await held).toBe("overloaded");
    }
    expect([trial.lane.jobs, trial.workers.length]).toEqual([0, 10]);
  });
});

describe("a Worker with work of its own", () => {
  test("starts again only after a pause, which grows with each death until a job is done", async () => {
    const pause = { firstMs: 200, mostMs: 500, code: "reports-building" } as const;
    await using trial = trialLane({ pause });
    const die = () => codeOfPromise(trial.lane.run({ kind: "die", how: "exit" }));
    const isOver = () => waitFor(() => trial.lane.load().pausedMs === 0);
    for (const round of [1, 2, 3]) {
      expect(await die()).toBe("overloaded");
      const refused = (await trial.lane.run(echo(1)).catch((error: unknown) => error)) as WaitError;
      expect([refused.code, refused.waitMs > 0, refused.waitMs <= 500]).toEqual(["reports-building", true, true]);
      trial.lane.start();
      expect([trial.lane.isStarted, trial.lane.jobs, trial.workers.length]).toEqual([false, 0, round]);
      await isOver();
    }
    expect(trial.errors.map(({ fields }) => fields["pauseMs"])).toEqual([200, 400, 500]);
    expect(trial.lane.load().deaths).toBe(3);
    expect(await trial.lane.run<number>(echo(1))).toBe(1);
    await die();
    expect(trial.errors.at(-1)?.fields["pauseMs"]).toBe(200);
  });
});

describe("a Worker that is idle beyond its time", () => {
  test("ends, and the next job has a new one", async () => {
    await using trial = trialLane({ idleMs: 30 });
    for (const round of [1, 2, 3]) {
      expect(await trial.lane.run<number>(echo(round))).toBe(round);
      const closed = new Promise((resolve) => trial.workers.at(-1)?.addEventListener("close", resolve));
      await closed;
      expect([trial.lane.isStarted, trial.workers.length]).toEqual([false, round]);
    }
    expect(trial.errors).toEqual([]);
  });

  test("loses no job that arrives just as it ends", async () => {
    await using trial = trialLane({ idleMs: 1 });
    for (let round = 0; round < 60; round += 1) {
      expect(await trial.lane.run<number>(echo(round))).toBe(round);
      await Bun.sleep(round % 4);
    }
    expect(trial.errors).toEqual([]);
  });

  test("is kept while a job runs, however long, and after one that could not be begun", async () => {
    await using trial = trialLane({ idleMs: 50 });
    expect(await codeOfPromise(trial.lane.run(HOLD, undefined, 200))).toBe("deadline-exceeded");
    expect(trial.workers).toHaveLength(1);
    expect(await codeOfPromise(trial.lane.run(echo(1), AbortSignal.abort()))).toBe("deadline-exceeded");
    await waitFor(() => !trial.lane.isStarted);
  });
});

describe("a Worker that can't open", () => {
  test("fails the waiting jobs, logs why, and is replaced with the next job", async () => {
    await using trial = trialLane({ unopened: 2 });
    for (let worker = 1; worker <= 2; worker += 1) {
      expect(await codeOfPromise(trial.lane.run(echo(1)))).toBe("store-failed");
      await waitFor(() => !trial.lane.isStarted);
    }
    expect(await trial.lane.run<number>(echo(1))).toBe(1);
    expect(trial.errors).toEqual(
      Array(2).fill({ message: "A Worker could not open", fields: { error: "Error: Not yet" } }),
    );
    expect(trial.workers).toHaveLength(3);
  });
});

describe("a restless Worker", () => {
  test("does its own work and every job beside it", async () => {
    await using trial = trialLane({ desk: { restMs: 0, jobsAtOnce: 1 } });
    for (let at = 0; at < 20; at += 1) expect(await trial.lane.run<number>(echo(at))).toBe(at);
    const before = (await trial.counts()).rests;
    await waitFor(async () => (await trial.counts()).rests > before + 5);
  });

  test("does its own work when it is due, and not after each job", async () => {
    await using trial = trialLane({ desk: { restMs: 50, jobsAtOnce: 1 } });
    const sinceMs = performance.now();
    for (let at = 0; at < 200; at += 1) expect(await trial.lane.run<number>(echo(at))).toBe(at);
    const { rests } = await trial.counts();
    expect(rests).toBeLessThanOrEqual(1 + (performance.now() - sinceMs) / 50);
    await waitFor(async () => (await trial.counts()).rests > rests + 2);
  });
});

describe("stop", () => {
  test("refuses running and waiting jobs, ends the Worker, and takes no more", async () => {
    const trial = trialLane({ desk: { jobsAtOnce: 1 } });
    const jobs = [HOLD, HOLD, echo(1)].map((job) => codeOfPromise(trial.lane.run(job)));
    const closed = new Promise((resolve) => trial.workers[0]?.addEventListener("close", resolve));
    await trial.lane.stop();
    expect(await Promise.all(jobs)).toEqual(Array(3).fill("overloaded"));
    await closed;
    expect(await codeOfPromise(trial.lane.run(echo(1)))).toBe("overloaded");
    expect([trial.lane.jobs, trial.workers.length, trial.lane.isStarted]).toEqual([0, 1, false]);
    expect(trial.errors).toEqual([]);
    await trial.lane.stop();
  });

  test("of an unused lane starts no Worker", async () => {
    const trial = trialLane();
    await trial.lane.stop();
    expect(trial.workers).toHaveLength(0);
  });

  test("during the Worker's own work waits for that piece alone", async () => {
    const trial = trialLane({ desk: { restMs: 0 } });
    await trial.lane.run(echo(1));
    await trial.lane.stop();
    expect(trial.errors).toEqual([]);
  });

  test("of a Worker that doesn't hear it returns in time, and ends the Worker only when it has let go", async () => {
    const trial = trialLane();
    const job = codeOfPromise(trial.lane.run({ kind: "block", ms: 2500 }));
    await waitFor(() => trial.lane.load().running === 1);
    const said: string[] = [];
    trial.workers[0]?.addEventListener("message", ({ data }) => said.push(data.type));
    trial.workers[0]?.addEventListener("close", () => said.push("closed"));
    await trial.lane.stop();
    expect(await job).toBe("overloaded");
    await waitFor(() => said.includes("closed"));
    expect(said.slice(-2)).toEqual(["stopped", "closed"]);
  });

  test("of a dying Worker resolves", async () => {
    const trial = trialLane();
    const dying = codeOfPromise(trial.lane.run({ kind: "die", how: "exit" }));
    await trial.lane.stop();
    expect(await dying).toBe("overloaded");
  });
});
