/** `playhead fold`: for people on a terminal, as JSON in a pipe. */

import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { runCommand } from "../support/terminal.ts";

const RECORDED = JSON.stringify([
  sessionStart({ "media.name": "A \u001b[31mred film" }),
  eventAt(1, "play"),
  eventAt(6, "ping", { params: { odd: 1 } }),
  eventAt(6, "adStart"),
  eventAt(8, "sessionEnd"),
]);

const ON_TERMINAL = { in: async () => RECORDED, outIsTerminal: true };

describe("playhead fold", () => {
  test("prints the numbers and a table of events on a terminal, without control characters", async () => {
    const { code, out, err } = await runCommand(["fold", "-"], ON_TERMINAL);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("A �[31mred film, test-player: 5 events, as downloaded content; closed by downloaded");
    expect(out).toMatch(/^contentTimeSpent +7 +s$/m);
    expect(out).toMatch(/^\+6 +ping +6 +counted +in-place +playing +unknown-parameter:odd$/m);
    expect(out).toMatch(/^\+6 +adStart +6 +ignored +ad-outside-break +playing +missing-parameter/m);
    expect(out).not.toContain("\u001b");
  });

  test("prints JSON in a pipe or when asked, and the reporting shape with --xdm", async () => {
    const parsed = async (argv: string[], terminal: object) =>
      JSON.parse(new TextDecoder().decode((await runCommand(["fold", ...argv, "-"], terminal)).bytes));
    const inPipe = await parsed([], { in: ON_TERMINAL.in });
    expect(inPipe.metrics.contentTimeSpent).toBe(7);
    expect((await parsed(["--json"], ON_TERMINAL)).metrics).toEqual(inPipe.metrics);
    expect((await parsed(["--xdm"], ON_TERMINAL)).mediaReporting.sessionDetails.timePlayed).toBe(7);
  });

  test("takes what a server chooses of the definitions", async () => {
    const recorded = JSON.stringify([
      sessionStart(),
      eventAt(1, "play", { qoeData: { "media.qoe.bitrate": 20_000 } }),
      eventAt(6, "sessionEnd"),
    ]);
    const averageOf = async (...argv: string[]) => {
      const { bytes } = await runCommand(["fold", ...argv, "-"], { in: async () => recorded });
      return JSON.parse(new TextDecoder().decode(bytes)).metrics.averageBitrate;
    };
    expect(await averageOf()).toBe(20_000);
    expect(await averageOf("--bitrate-unit", "kbps")).toBe(20_000_000);
  });

  test("reads a file, and ends with 1 and the reason where it can't", async () => {
    using directory = tempDir();
    const path = join(directory.path, "session.json");
    writeFileSync(path, RECORDED);
    expect((await runCommand(["fold", path], { outIsTerminal: true })).out).toContain("contentTimeSpent");
    writeFileSync(path, '[\n{"eventType": "sessionStart",}\n]');
    expect(await runCommand(["fold", path])).toMatchObject({
      code: 1,
      err: expect.stringContaining("line 2, column 30: a comma before }"),
    });
    writeFileSync(path, RECORDED);
    expect(await runCommand(["fold", path, "--array-events-max", "100"])).toMatchObject({ code: 0 });
    writeFileSync(path, `${RECORDED.slice(0, -1)}${" ".repeat(1024)}]`);
    expect(await runCommand(["fold", path, "--array-bytes-max", "1024"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("at most 1024 bytes"),
    });
    const gone = join(directory.path, "gone.json");
    expect(await runCommand(["fold", gone])).toMatchObject({
      code: 1,
      err: `Cannot read "${gone}": there is no such file\n`,
    });
  });

  test("ends with 2 without a file", async () => {
    expect((await runCommand(["fold"])).code).toBe(2);
  });
});
