/** Answers that may take longer than a connection may be idle. */

import { expect, test } from "bun:test";
import type { BunRequest } from "bun";
import { systemClock } from "../../src/base/clock.ts";
import type { AdminHandler } from "../../src/http/guard/auth.ts";
import { ADMIN } from "../../src/http/guard/caller.ts";
import { reportsHandlers } from "../../src/http/handlers/reports.ts";
import { visitorsHandlers } from "../../src/http/handlers/visitors.ts";
import { patient } from "../../src/http/patience.ts";
import { Bodies } from "../../src/http/read/body.ts";

const bodies = new Bodies({ bodiesBytesMax: 1_000_000, bodySecondsMax: 30, arrayBytesMax: 100_000 });

/** Posts to a handler. @returns the idle timeout that its connection has while the answer is made */
async function timeoutDuring(handlerOf: (work: () => Promise<never>) => AdminHandler, body: object): Promise<unknown> {
  let timeout: number | undefined;
  let during: number | undefined;
  const handler = handlerOf(async () => {
    during = timeout;
    throw new Error("enough is known");
  });
  const request = new Request("http://playhead.invalid/", { method: "POST", body: JSON.stringify(body) });
  const server = {
    timeout: (_: Request, seconds: number) => {
      timeout = seconds;
    },
    requestIP: () => null,
  };
  await expect(async () => patient(handler)(request as BunRequest, {}, server, ADMIN)).toThrow("enough is known");
  return during;
}

test("an erasure that comes as a body has no idle timeout once the body is read", async () => {
  const erasing = (eraseVisitor: () => Promise<never>) =>
    visitorsHandlers({ eraser: { eraseVisitor, eraseSession: eraseVisitor }, stringBytesMax: 100 }, bodies).eraseByBody;
  expect(await timeoutDuring(erasing, { visitorId: "visitor-42" })).toBe(0);
});

test("a question that comes as a body has no idle timeout once the body is read", async () => {
  const asking = (ask: () => Promise<never>) =>
    reportsHandlers({ reports: { ask } as never, clock: systemClock }, bodies).report;
  expect(await timeoutDuring(asking, { metrics: ["mediaStarts"] })).toBe(0);
});
