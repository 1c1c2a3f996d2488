/** `playhead simulate`: which way it goes, what it says, and what it refuses to guess. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../src/cli/cli.ts";
import { runProcess } from "../support/process.ts";
import { startTestServer, tempDir } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

interface Call {
  readonly terminal?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

async function run(args: readonly string[], { terminal = false, environment = {} }: Call = {}) {
  let out = "";
  let err = "";
  const code = await runCli(["simulate", ...args], {
    environment,
    write: async () => true,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outIsTerminal: terminal,
    errIsTerminal: terminal,
    stopped: new Promise(() => {}),
  });
  return { code, out, err };
}

function countSessions(dataDir: string): number {
  using database = new Database(join(dataDir, "playhead.db"), { readonly: true });
  const row = database.query("SELECT count(*) AS sessions FROM results").get();
  return (row as { sessions: number }).sessions;
}

describe("a call that can't be understood", () => {
  const URL = "http://127.0.0.1:9";
  const calls: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["neither way", [], /^Cannot simulate: no mode is given; --url plays .*--sessions or --days/],
    ["only a seed", ["--seed", "2"], /--url plays against a server/],
    ["both ways", ["--url", URL, "--days", "3"], /^Cannot combine --url and --days: one plays .*; give one$/m],
    ["a speed into a directory", ["--speed", "60", "--sessions", "9"], /^Cannot combine --speed and --sessions:/],
    ["a server and a directory", ["--url", URL, "--data-dir", "x"], /^Cannot combine --url and --data-dir:/],
    ["all pings against a server", ["--url", URL, "--all-pings"], /^Cannot combine --url and --all-pings:/],
    ["a rate without a server", ["--sessions-per-second", "5"], /--sessions-per-second needs --url/],
    ["an address that is none", ["--url", "localhost:8080"], /--url must be a server's address/],
    ["an address of files", ["--url", "file:///etc/passwd"], /--url must be a server's address/],
    ["an address with a query", ["--url", `${URL}/?a=1`], /--url must be a server's address/],
    ["a rate of nothing", ["--url", URL, "--sessions-per-second", "0"], /must be a number from 0.01 to 1000/],
    ["a speed that is slower than life", ["--url", URL, "--speed", "0.5"], /--speed must be a number from 1 to 3600/],
    ["no number", ["--sessions", "many"], /--sessions must be an integer from 1 to 10000000/],
    ["a fraction of a session", ["--sessions", "1.5"], /--sessions must be an integer/],
    ["more days than a year has", ["--days", "366"], /--days must be an integer from 1 to 365/],
    ["a seed below 0", ["--seed=-1", "--days", "1"], /--seed must be an integer from 0/],
    ["an end that is none", ["--days", "1", "--until", "soon"], /--until must be an instant of the past/],
    ["an end in the future", ["--days", "1", "--until", "2999-01-01"], /--until must be an instant of the past/],
    ["an end before the epoch", ["--days", "1", "--until", "1960-01-01"], /--until must be an instant of the past/],
  ];
  for (const [name, args, words] of calls) {
    test(`for ${name} ends with 2 and words on stderr`, async () => {
      using directory = tempDir();
      const dataDir = join(directory.path, "none");
      const { code, out, err } = await run(args, { environment: { PLAYHEAD_DATA_DIR: dataDir } });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(words);
      expect(existsSync(dataDir)).toBe(false);
    });
  }
});

describe("into a data directory", () => {
  test("fills it and says how much that was", async () => {
    using directory = tempDir();
    const { code, out, err } = await run(["--sessions", "1200", "--days", "7", "--data-dir", directory.path]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^1,200 sessions with \d{2},\d{3} events stored in [\d.]+ s\.\n$/);
    expect(countSessions(directory.path)).toBe(1200);
  });

  test("gives the same events for the same seed and end, and more with all pings", async () => {
    const eventsOf = async (...args: string[]) => {
      using directory = tempDir();
      const flags = ["--sessions", "300", "--until", "2024-09-23", "--data-dir", directory.path];
      return (await run([...flags, ...args])).out.match(/with ([\d,]+) events/)?.[1]?.replaceAll(",", "");
    };
    const events = await eventsOf("--seed", "4");
    expect(Number(events)).toBeGreaterThan(3000);
    expect(await eventsOf("--seed", "4")).toBe(events as string);
    expect(await eventsOf("--seed", "5")).not.toBe(events as string);
    expect(Number(await eventsOf("--seed", "4", "--all-pings"))).toBeGreaterThan(3 * Number(events));
  });

  test("shows a bar on a terminal and takes it away", async () => {
    using directory = tempDir();
    const { err } = await run(["--sessions", "600", "--data-dir", directory.path], { terminal: true });
    expect(err).toContain("\rSimulating █");
    expect(err).toContain("600 of 600");
    expect(err).toEndWith("\r\u001b[K");
  });

  test("is refused with 1 while a server uses it", async () => {
    await using server = await startTestServer();
    const { code, out, err } = await run(["--sessions", "10", "--data-dir", server.dataDir]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("another process uses it");
  });

  test("ends cleanly on Ctrl-C, with what was stored kept and counted", async () => {
    using directory = tempDir();
    await using playhead = runProcess(["simulate", "--sessions", "10000000", "--data-dir", directory.path]);
    const path = join(directory.path, "playhead.db");
    await waitFor(() => existsSync(path) && Bun.file(path).size > 100_000);
    playhead.signal("SIGINT");
    expect(await playhead.exited).toBe(1);
    expect(playhead.stderr()).toBe("Interrupted; the sessions stored so far are kept.\n");
    const said = playhead
      .stdout()
      .match(/^([\d,]+) sessions with/)?.[1]
      ?.replaceAll(",", "");
    expect(Number(said)).toBeWithin(1, 10_000_000);
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(countSessions(directory.path)).toBe(Number(said));
  });
});

describe("against a server", () => {
  const quick = ["--sessions-per-second", "40", "--seconds", "1", "--speed", "3600"];

  test("plays viewers and says what was answered", async () => {
    await using server = await startTestServer({ config: { validation: "strict" } });
    const { code, out, err } = await run(["--url", `${server.url}/`, ...quick]);
    expect([code, err]).toEqual([0, ""]);
    const [, sessions, events] = out.match(/^([\d,]+) sessions and ([\d,]+) events in 1\.\d s\.\n/) ?? [];
    expect(out).toEndWith(`Answers: 201: ${sessions}, 204: ${events}.\n`);
    const stored = await server.admin("/admin/api/sessions?limit=200");
    expect(stored.sessions).toHaveLength(Number(sessions));
  });

  test("has one line of status on a terminal, which goes at the end", async () => {
    await using server = await startTestServer();
    const { err } = await run(["--url", server.url, ...quick], { terminal: true });
    expect(err).toMatch(/1\.\d s {2}[\d,]+ playing {2}[\d,]+ events\/s {2}201: \d+, 204: [\d,]+/);
    expect(err).toEndWith("\r\u001b[K");
    expect(err).not.toContain("\n");
  });

  test("ends with 1 when something is refused", async () => {
    const refuse = (request: Request) => new Response(null, { status: request.method === "GET" ? 200 : 400 });
    await using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: refuse });
    const { code, out, err } = await run(["--url", other.url.origin, ...quick]);
    expect(code).toBe(1);
    expect(out).toMatch(/^0 sessions and 0 events in .*\nAnswers: 400: \d+\.\n$/);
    expect(err).toMatch(/^\d+ requests not answered 201 or 204/);
  });

  test("that isn't there ends with 1 and says so", async () => {
    const { code, out, err } = await run(["--url", "http://127.0.0.1:9"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe("Cannot play against http://127.0.0.1:9: nothing answers there. Is the server running?\n");
  });

  test("lets all viewers leave on Ctrl-C, and exits with 0", async () => {
    await using server = await startTestServer();
    await using playhead = runProcess(["simulate", "--url", server.url, "--sessions-per-second", "50"]);
    const openOf = async () => (await server.admin("/admin/api/sessions?status=open&limit=200")).sessions.length;
    await waitFor(async () => (await openOf()) > 10);
    playhead.signal("SIGINT");
    expect(await playhead.exited).toBe(0);
    expect(playhead.stderr()).toBe("");
    const { sessions } = await server.admin("/admin/api/sessions?limit=200");
    expect(playhead.stdout()).toStartWith(`${sessions.length} sessions and `);
    // Some had fallen silent already: a player that fails at the start, a viewer whose device went off.
    expect(await openOf()).toBeLessThan(sessions.length / 4);
  });
});
