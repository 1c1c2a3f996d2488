/** The bench's command line: what is understood, and what is refused with a way out. */

import { describe, expect, test } from "bun:test";
import { type Askable, helpOf, readCommand } from "../../bench/support/options.ts";

const QUESTIONS: readonly Askable[] = [
  { name: "starts", asks: "How many?", takes: ["rounds", "seconds"], takesAgainst: ["seconds"] },
  { name: "report", asks: "How long?", takes: ["rounds", "sessions"], takesAgainst: ["sessions"] },
  { name: "memory", asks: "How much?", takes: ["events"] },
];

const read = (line: string) => readCommand(line.split(" ").filter(Boolean), QUESTIONS);

describe("the bench's command line", () => {
  test("asks all questions with the standard numbers when it says nothing", () => {
    expect(read("")).toEqual({
      kind: "ask",
      questions: ["starts", "report", "memory"],
      rounds: undefined,
      seconds: 5,
      events: 1_000_000,
      connections: 256,
      sessions: 1_000_000,
    });
  });

  test("takes an option that one of the questions takes", () => {
    expect(read("report starts --sessions 5000 --rounds 2")).toMatchObject({
      questions: ["starts", "report"],
      sessions: 5000,
      rounds: 2,
    });
  });

  test("compares with a commit by short turns, within bounds", () => {
    expect(read("--against HEAD~2 starts")).toMatchObject({
      kind: "compare",
      questions: ["starts"],
      commit: "HEAD~2",
      within: 1.5,
      rounds: 400,
      minutes: 30,
      seconds: 3,
    });
    expect(read("--against HEAD --within 0.5 --minutes 90")).toMatchObject({
      questions: ["starts", "report"],
      within: 0.5,
      minutes: 90,
    });
  });

  test("helps, with every question and every option", () => {
    expect(read("starts --help")).toEqual({ kind: "help" });
    const help = helpOf(QUESTIONS);
    const words = [
      "starts",
      "report",
      "memory",
      "--against",
      "--within",
      "--minutes",
      "--rounds",
      "--table",
      "--sessions",
    ];
    for (const word of words) expect(help).toContain(word);
  });

  test("writes the table, and does nothing beside it", () => {
    expect(read("--table")).toEqual({ kind: "table" });
  });

  test.each([
    ["--sessions 5", "Cannot use --sessions 5: it is no whole number from 1000 to 10000000; "],
    ["starts --sessions 5000", "Cannot use --sessions: starts does not take it; leave out --sessions, or "],
    ["starts memory --sessions 5000", "Cannot use --sessions: starts, memory do not take it; "],
    ["report --rounds 1.5", "Cannot use --rounds 1.5: it is no whole number from 1 to 1000; "],
    ["starts --rounds=", "Cannot use --rounds : it is no whole number"],
    ["--seconds 601", "Cannot use --seconds 601: it is no whole number from 1 to 600; "],
    ["ends", 'Cannot ask "ends": there is no such question; ask one of starts, report, memory'],
    ["starts starts", "Cannot ask starts: it is named twice; name it once"],
    ["--speed 3", "Cannot read the command line: Unknown option '--speed'"],
    ["--rounds", "Cannot read the command line: Option '--rounds <value>' argument missing; see bun run bench --help"],
    ["--rounds 1 --rounds 2", "Cannot read the command line: --rounds is given twice; see bun run bench --help"],
    ["--table starts", "Cannot write the table: --table takes nothing beside it; leave out the rest"],
    ["--minutes 3", "Cannot use --minutes: only a comparison ends by it; add --against COMMIT, or "],
    ["--within 3", "Cannot use --within: only a comparison ends by it; add --against COMMIT, or "],
    ["--against HEAD --within 26", "Cannot use --within 26: it is no percentage from 0.1 to 25; "],
    ["--against HEAD --within 0", "Cannot use --within 0: it is no percentage from 0.1 to 25; "],
    ["--against HEAD --seconds 41", "Cannot use --seconds 41: it is no whole number from 1 to 40; "],
    ["--against HEAD report --seconds 3", "Cannot use --seconds: report does not take it; "],
    ["--against HEAD --events 9", "Cannot use --events: starts, report do not take it; "],
    [
      "--against HEAD memory",
      "Cannot ask memory against another commit: it has no pairs of living processes; ask one of starts, report, or ",
    ],
  ])("refuses %s", (line, words) => {
    expect(() => read(line)).toThrow(words);
  });
});
