/** How much connections receive before the server reads them: little, and as much after each listen. */

import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { KIB } from "../../src/base/units.ts";
import { startTestServer } from "../support/server.ts";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_ACCEPTCONN = 30;

test.if(process.platform === "linux")("every listener of a server receives little ahead", async () => {
  await using _ = await startTestServer();
  const { getsockopt } = dlopen("libc.so.6", {
    getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  }).symbols;
  const ask = (descriptor: number, option: number) => {
    const answer = new Int32Array(1);
    const isSocket = getsockopt(descriptor, SOL_SOCKET, option, answer, new Uint32Array([answer.byteLength])) === 0;
    return isSocket ? answer[0] : undefined;
  };
  const listening = readdirSync("/proc/self/fd")
    .map(Number)
    .filter((each) => ask(each, SO_ACCEPTCONN) === 1);
  // The system says twice what was asked for: the other half is for its own notes.
  expect(listening.map((each) => ask(each, SO_RCVBUF))).toEqual(listening.map(() => 64 * KIB));
  expect(listening.length).toBeGreaterThan(0);
});
