/** `playhead import`: with a server or without one, once however often, and what it says. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Terminal } from "../../src/cli/command.ts";
import { exported, sourceServer, withoutOwn } from "../ingest/moved.ts";
import { ADMIN_TOKEN, startTestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";

const WITH_TOKEN = { environment: { PLAYHEAD_ADMIN_TOKEN: ADMIN_TOKEN } };

async function exportedFile(directory: string): Promise<{ path: string; text: string }> {
  await using source = await sourceServer({ simulated: 5 });
  const text = await exported(source);
  const path = join(directory, "events.ndjson");
  writeFileSync(path, text);
  return { path, text };
}

const COMPARED = "Compared: each session and event of the file is stored as it stands there.\n";

function importing(dataDir: string, argv: readonly string[], terminal: Partial<Terminal> = {}) {
  return runCommand(["import", "--data-dir", dataDir, ...argv], terminal);
}

/** The export of a directory without a server. */
async function exportOf(dataDir: string): Promise<string> {
  const { bytes } = await runCommand(["export", "events", "--data-dir", dataDir]);
  return withoutOwn(new TextDecoder().decode(bytes));
}

describe("playhead import", () => {
  test("fills an empty directory without a server, and changes nothing the second time", async () => {
    using directory = tempDir();
    const { path, text } = await exportedFile(directory.path);
    const dataDir = join(directory.path, "data");
    const dry = await importing(dataDir, ["--dry-run", path]);
    expect([dry.code, dry.err]).toEqual([0, ""]);
    expect(dry.out).toMatch(/^Would import \d+ sessions and [\d,]+ events/);
    expect(existsSync(dataDir)).toBe(false);
    const first = await importing(dataDir, [path]);
    expect(first).toMatchObject({ code: 0, err: "", out: dry.out.replace("Would import", "Imported") + COMPARED });
    expect(await exportOf(dataDir)).toBe(text);
    const second = await importing(dataDir, [path]);
    expect(second.out).toContain("Imported 0 sessions and 0 events");
    expect(second.out).toContain(first.out.replace("Imported", "Already there:").split(" from ")[0] as string);
    expect(await exportOf(dataDir)).toBe(text);
  });

  test("goes through the server that uses the directory, from a file or standard input", async () => {
    using directory = tempDir();
    const { path, text } = await exportedFile(directory.path);
    await using server = await startTestServer();
    expect(await importing(server.dataDir, [path], WITH_TOKEN)).toMatchObject({ code: 0, err: "" });
    expect(await exported(server)).toBe(text);
    const inStream = () => new Response(Bun.gzipSync(text)).body as ReadableStream<Uint8Array>;
    const again = await importing(server.dataDir, ["-"], { ...WITH_TOKEN, inStream });
    expect(again.out).toContain("Imported 0 sessions and 0 events");
    expect(again.out).toEndWith("Not compared: standard input comes only once.\n");
    expect(await importing(server.dataDir, [path])).toMatchObject({
      code: 1,
      err: expect.stringContaining("set PLAYHEAD_ADMIN_TOKEN"),
    });
  });

  test("shows its progress on a terminal", async () => {
    using directory = tempDir();
    const { path } = await exportedFile(directory.path);
    const { err } = await importing(join(directory.path, "data"), [path], { errIsTerminal: true });
    expect(err).toContain("Importing");
    expect(err).toContain("100 %");
    expect(err).toContain("Comparing");
  });

  test("ends with 1 if its end finds something else in the database than the file has", async () => {
    using directory = tempDir();
    const { path } = await exportedFile(directory.path);
    const dataDir = join(directory.path, "data");
    const empty = join(directory.path, "empty");
    writeFileSync(empty, "");
    expect(await importing(dataDir, [empty])).toMatchObject({ code: 0 });
    using database = new Database(join(dataDir, "playhead.db"));
    database.run(
      "CREATE TRIGGER other AFTER INSERT ON events WHEN new.seq = 7 BEGIN UPDATE events SET ts = ts + 1; END",
    );
    const { code, err, out } = await importing(dataDir, [path]);
    expect([code, err]).toEqual([1, expect.stringMatching(/^Cannot confirm the import: 7 lines of the file are /)]);
    expect(out).not.toContain("Compared");
  });

  test("ends with 1 after bad lines, which it names, and with --strict at the first", async () => {
    using directory = tempDir();
    const { path, text } = await exportedFile(directory.path);
    writeFileSync(path, `{}\n${text}[1]\n`);
    const dataDir = join(directory.path, "data");
    const strict = await importing(dataDir, ["--strict", path]);
    expect(strict).toMatchObject({ code: 1, err: expect.stringContaining("Cannot import: line 1") });
    const { code, out, err } = await importing(dataDir, [path]);
    expect(code).toBe(1);
    expect(err).toMatch(/^Line 1 .*\nLine \d+ .*\n$/);
    expect(out).toContain("Bad lines, passed over: 2.");
    expect(await exportOf(dataDir)).toBe(text);
  });

  test("stops between two slices when it is interrupted, and goes on when it is run again", async () => {
    using directory = tempDir();
    const { path, text } = await exportedFile(directory.path);
    const dataDir = join(directory.path, "data");
    const stopped = await importing(dataDir, [path], { stopped: Promise.resolve() });
    expect(stopped).toMatchObject({ code: 1, err: expect.stringContaining("Run the same command again") });
    expect(await importing(dataDir, [path])).toMatchObject({ code: 0 });
    expect(await exportOf(dataDir)).toBe(text);
  });

  test("ends with 2 without a file, with 1 for one that isn't there, and makes no directory", async () => {
    using directory = tempDir();
    const dataDir = join(directory.path, "data");
    expect((await importing(dataDir, [])).code).toBe(2);
    const gone = await importing(dataDir, [join(directory.path, "gone")]);
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining("there is no such file") });
    expect(existsSync(dataDir)).toBe(false);
  });

  test("leaves a database that a server takes up, with numbers and open sessions", async () => {
    using directory = tempDir();
    const { path } = await exportedFile(directory.path);
    const dataDir = join(directory.path, "data");
    await importing(dataDir, [path]);
    await using server = await startTestServer({ config: { dataDir } });
    await server.app.work();
    const closed = await exported(server, "sessions");
    expect(closed).toContain('"status":"open"');
    expect(closed.split("\n").length).toBe(
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line.includes('"seq":0,')).length + 1,
    );
  });
});
