/** `playhead export`: beside a running server, to a pipe or a file, and what becomes of it when it is left. */

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXPORT_KINDS } from "../../src/exports/query.ts";
import { linesOf } from "../exports/stored.ts";
import { runProcess } from "../support/process.ts";
import { eventAt, startTestServer, type TestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";
import { waitFor } from "../support/wait-for.ts";

async function serverWithSessions(sessions = 3, pings = 2): Promise<TestServer> {
  const server = await startTestServer();
  for (let count = 0; count < sessions; count += 1) {
    const sid = await server.open();
    const seconds = Array.from({ length: pings }, (_, at) => at + 1);
    await Promise.all(seconds.map((second) => server.add(sid, eventAt(second, "ping"))));
    if (count > 0) await server.add(sid, eventAt(pings + 1, "sessionEnd"));
    server.clock.pass(1000);
  }
  return server;
}

const exporting = (server: { dataDir: string }, ...args: string[]) => ["export", ...args, "--data-dir", server.dataDir];

describe("playhead export", () => {
  test("writes what a running server holds to standard output, open sessions included", async () => {
    await using server = await serverWithSessions();
    const sessions = await runCommand(exporting(server, "sessions"));
    expect([sessions.code, sessions.out, sessions.err]).toEqual([0, "", ""]);
    expect(linesOf(sessions.bytes).map(({ status }) => status)).toEqual(["open", "closed", "closed"]);
    const events = await runCommand(exporting(server, "events"));
    expect(linesOf(events.bytes)).toHaveLength(3 + 3 * 2 + 2);
  });

  test("keeps to a range and a format, and compresses", async () => {
    await using server = await serverWithSessions();
    const [, second] = linesOf((await runCommand(exporting(server, "sessions"))).bytes);
    const from = ["--from", String(second.startedAt)];
    const { bytes } = await runCommand(exporting(server, "sessions", "--format", "csv", "--gzip", ...from));
    expect(Buffer.from(Bun.gunzipSync(bytes)).toString().trimEnd().split("\r\n")).toHaveLength(3);
  });

  for (const kind of EXPORT_KINDS) {
    test(`of ${kind} makes a file, which is its owner's alone`, async () => {
      await using server = await serverWithSessions();
      using directory = tempDir();
      const path = join(directory.path, "export.parquet");
      const ran = await runCommand(exporting(server, kind, "--format", "parquet", "--out", path));
      expect(ran).toMatchObject({ code: 0, out: "", err: "" });
      expect(readdirSync(directory.path)).toEqual(["export.parquet"]);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path).subarray(0, 4).toString()).toBe("PAR1");
    });
  }

  test("replaces a file only by --force", async () => {
    await using server = await serverWithSessions();
    using directory = tempDir();
    const path = join(directory.path, "file");
    writeFileSync(path, "mine");
    const refused = await runCommand(exporting(server, "ads", "--out", path));
    expect([refused.code, refused.err]).toEqual([
      1,
      `Cannot write "${path}": it already exists; --force replaces it\n`,
    ]);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect((await runCommand(exporting(server, "ads", "--out", path, "--force"))).code).toBe(0);
    expect(readFileSync(path, "utf8")).toBe("");
  });

  test("of all writes a file for each kind and the cursor, from which the next one goes on", async () => {
    await using server = await serverWithSessions();
    await server.app.work();
    using directory = tempDir();
    const out = join(directory.path, "deep", "out");
    const all = ["all", "--changed-since", "", "--format", "csv", "--gzip", "--bom", "--out", out];
    expect(await runCommand(exporting(server, ...all))).toMatchObject({ code: 0, out: "", err: "" });
    const names = [...EXPORT_KINDS.map((kind) => `${kind}.csv.gz`), "cursor"];
    expect(readdirSync(out).toSorted()).toEqual(names.toSorted());
    expect(statSync(out).mode & 0o777).toBe(0o700);
    const csv = Buffer.from(Bun.gunzipSync(readFileSync(join(out, "sessions.csv.gz")))).toString();
    expect([csv.at(0), csv.trimEnd().split("\r\n").length]).toEqual(["\ufeff", 4]);
    const sid = await server.open();
    await server.add(sid, eventAt(1, "sessionEnd"));
    await server.app.work();
    const cursor = readFileSync(join(out, "cursor"), "utf8").trim();
    const changed = await runCommand(exporting(server, "sessions", "--changed-since", cursor));
    expect(linesOf(changed.bytes).map((row) => row.sid)).toEqual([sid]);
    expect((await runCommand(exporting(server, ...all))).err).toContain("--force replaces it");
    expect((await runCommand(exporting(server, ...all, "--force"))).code).toBe(0);
    expect(readFileSync(join(out, "cursor"), "utf8").trim()).not.toBe(cursor);
  });

  test("writes the next cursor to a file, once its reader has taken everything", async () => {
    await using server = await serverWithSessions();
    await server.app.work();
    using directory = tempDir();
    const path = join(directory.path, "cursor");
    const args = exporting(server, "events", "--next-cursor", path);
    expect((await runCommand(args, { write: async () => false })).code).toBe(0);
    expect(existsSync(path)).toBe(false);
    expect((await runCommand(args)).code).toBe(0);
    const cursor = readFileSync(path, "utf8").trim();
    expect((await runCommand(exporting(server, "events", "--changed-since", cursor))).bytes).toHaveLength(0);
  });

  test("refuses a cursor of another database with 2", async () => {
    await using server = await serverWithSessions();
    const { code, err } = await runCommand(exporting(server, "ads", "--changed-since", "a-1"));
    expect([code, err]).toEqual([2, expect.stringContaining("the cursor is of another database")]);
  });

  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["all kinds to standard output", ["all"], /Cannot write all kinds to one stream: use --out DIRECTORY/],
    ["no cursor", ["ads", "--changed-since", "yesterday"], /must be a cursor/],
    ["a time zone of Mars", ["ads", "--timezone", "Mars/Olympus"], /timezone must be an IANA time zone/],
    ["no kind", [], /^Cannot export: no kind is named; kinds are sessions, .*, erased, all$/m],
    ["an unknown kind", ["viewers"], /^Cannot export: there is no such kind; kinds are sessions, events/],
    ["an unknown format", ["ads", "--format", "xls"], /ndjson, csv, parquet/],
    ["a bad instant", ["ads", "--from", "yesterday"], /from must be an instant/],
  ];
  for (const [name, args, words] of refused) {
    test(`of ${name} ends with 2 and says what there is`, async () => {
      using directory = tempDir();
      const { code, err } = await runCommand(exporting({ dataDir: directory.path }, ...args));
      expect([code, err]).toEqual([2, expect.stringMatching(words)]);
      expect(readdirSync(directory.path)).toEqual([]);
    });
  }

  for (const args of [["--format", "parquet"], ["--gzip"]]) {
    test(`${args.join(" ")} is refused to a terminal`, async () => {
      await using server = await serverWithSessions();
      const ran = await runCommand(exporting(server, "ads", ...args), { outIsTerminal: true });
      expect([ran.code, ran.bytes.length]).toEqual([2, 0]);
      expect(ran.err).toMatch(/^Cannot write (Parquet|gzip) to a terminal: use --out FILE or a pipe$/m);
    });
  }

  test("shows a bar to a person, and takes it away", async () => {
    await using server = await serverWithSessions();
    const { code, err } = await runCommand(exporting(server, "sessions"), { errIsTerminal: true });
    expect(code).toBe(0);
    expect(err).toContain("Exporting sessions ██████████████████████████████ 100 %  3 of 3");
    expect(err).toEndWith("\r\u001b[K");
  });

  test("of a directory without a database ends with 1 and makes none", async () => {
    using directory = tempDir();
    const { code, err } = await runCommand(exporting({ dataDir: directory.path }, "ads"));
    expect([code, err]).toEqual([
      1,
      `Cannot use "${directory.path}": it holds no database; name the server's directory with --data-dir, or start a server on it first\n`,
    ]);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("that is asked to end leaves no file and returns 1", async () => {
    await using server = await serverWithSessions();
    using directory = tempDir();
    const args = exporting(server, "events", "--out", join(directory.path, "file"));
    const ran = await runCommand(args, { stopped: Promise.resolve() });
    expect(ran).toMatchObject({ code: 1, err: "Interrupted; no partial output was kept.\n" });
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

/** After this long main.ts ends a process that still waits. */
const FORCED_MS = 7500;

describe("a process that exports", () => {
  /** Enough that it can't be done before its reader leaves: a pipe holds 64 KiB. */
  const longServer = () => serverWithSessions(40, 60);

  test("ends quietly with 0 when its reader has read enough", async () => {
    await using server = await longServer();
    const command = `"${process.execPath}" src/main.ts export events --data-dir "${server.dataDir}"`;
    const child = Bun.spawn(["bash", "-c", `set -o pipefail; ${command} | head -n 1`], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect([await child.exited, err, out.split("\n").length]).toEqual([0, "", 2]);
  });

  test("ends with 1 on SIGINT while its pipe is unread, and leaves no file", async () => {
    await using server = await longServer();
    const fifo = join(server.dataDir, "fifo");
    expect(Bun.spawnSync(["mkfifo", fifo]).exitCode).toBe(0);
    const child = Bun.spawn(
      ["bash", "-c", `exec "${process.execPath}" src/main.ts export events --data-dir "${server.dataDir}" > "${fifo}"`],
      { stdout: "ignore", stderr: "pipe" },
    );
    // Opened for reading, and never read: the pipe fills up and the export waits.
    const reader = Bun.spawn(["bash", "-c", `exec 3< "${fifo}"; sleep 60`]);
    try {
      await waitFor(() => isWaiting(child.pid));
      const sinceMs = performance.now();
      child.kill("SIGINT");
      expect([await child.exited, await child.stderr.text()]).toEqual([
        1,
        "Interrupted; no partial output was kept.\n",
      ]);
      expect(performance.now() - sinceMs).toBeLessThan(FORCED_MS);
    } finally {
      reader.kill("SIGKILL");
    }
  });

  test("writes a file to its end", async () => {
    await using server = await longServer();
    const path = join(server.dataDir, "out.ndjson");
    await using playhead = runProcess(exporting(server, "events", "--out", path));
    expect([await playhead.exited, playhead.stdout(), playhead.stderr()]).toEqual([0, "", ""]);
    expect(linesOf(readFileSync(path))).toHaveLength(40 * 61 + 39);
    expect(existsSync(`${path}.part`)).toBe(false);
  });
});

/** Whether a process has written all that a pipe takes. */
function isWaiting(pid: number): boolean {
  const io = readFileSync(`/proc/${pid}/io`, "utf8");
  return Number(/^wchar: (\d+)/m.exec(io)?.[1]) >= 65_536;
}
