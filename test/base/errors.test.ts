/** Error codes: which of them an answer may tell of, and what becomes of the others. */

import { expect, test } from "bun:test";
import { AppError, COMMAND_ERRORS, type ErrorCode, REQUEST_ERRORS, WaitError } from "../../src/base/errors.ts";
import { errorResponse, STATUS_BY_CODE, statusOf } from "../../src/http/answer/errors.ts";

const OF_COMMANDS = Object.keys(COMMAND_ERRORS) as ErrorCode[];

test("a status stands for each code that a request may meet, and for no code of commands alone", () => {
  expect(Object.keys(STATUS_BY_CODE).toSorted()).toEqual(Object.keys(REQUEST_ERRORS).toSorted());
  expect(OF_COMMANDS.filter((code) => code in REQUEST_ERRORS)).toEqual([]);
});

test.each(OF_COMMANDS)("a request that meets %s is answered as a fault, without its words", async (code) => {
  expect(statusOf(code)).toBe(500);
  const answer = errorResponse(new AppError(code, "a path of this machine"));
  expect([answer.status, await answer.text()]).toEqual([
    500,
    JSON.stringify({ code: "internal", message: "The server failed to handle the request" }),
  ]);
});

test("a missing database has a code of its own, which docs/errors.md lists among those of commands", async () => {
  const page = await Bun.file("docs/errors.md").text();
  const [requests = "", commands = ""] = page.split("## Of commands");
  expect(commands).toContain("`no-database`");
  expect(requests).not.toContain("`no-database`");
});

test("an error that is over at a known moment says after how many whole seconds", () => {
  const after = (waitMs: number) =>
    errorResponse(new WaitError("reports-building", "Later", waitMs)).headers.get("Retry-After");
  expect([0, 999, 5001, 600_000].map(after)).toEqual(["1", "1", "6", "600"]);
});
