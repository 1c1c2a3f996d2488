/**
 * The commands that README and docs print, as they stand there: against one server, with its data in `./data`.
 *
 * A command that can't run here is listed with the reason.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { type ShellBlock, shellBlocks } from "../support/documented-commands.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { describeClients } from "./effort.ts";

/** Why a block is not run, by its page and the beginning of its text. */
const NOT_RUN: readonly (readonly [page: string, beginning: string, reason: string])[] = [
  ["README.md", "npx -y bun@1.4.5 run start", "listens on port 8080; test/repo/docs.test.ts knows the script"],
  ["README.md", "sha256sum", "needs a release; test/clients/release.test.ts makes one and runs it"],
  ["bench/README.md", "bun run bench", "takes 105 minutes; test/bench holds its command line"],
  ["docs/exports.md", "set -e\nrm -rf next", "needs DuckDB's own command; test/exports/week.test.ts runs each line"],
  ["docs/import.md", "ssh old", "needs another machine"],
  ["docs/monitoring.md", "install -m 0600 -o prometheus", "needs Prometheus' user"],
  ["docs/operations.md", "useradd", "changes the machine; test/deploy/systemd.test.ts holds the unit"],
  ["docs/operations.md", "install -d -m 0700 -o playhead", "needs that user"],
  ["docs/operations.md", "docker", "needs Docker"],
  ["docs/operations.md", "install -m 0755 playhead", "changes the machine"],
  ["docs/operations.md", "systemctl", "needs systemd and another machine"],
  ["docs/protocol.md", "npx openapi-typescript", "fetches it; test/http/openapi has its types compiled"],
  ["docs/scale.md", "PLAYHEAD_STORE=postgres", "needs that PostgreSQL; test/nodes starts servers on one"],
  ["docs/simulate.md", "playhead demo", "opens a browser; test/dashboard/demo.test.ts runs it"],
];
/** These need the data directory for themselves, or end the token that the others use. */
const AFTER_STOP = /playhead (restore|simulate --days|token --new|backup --salvage)/;
/** What is bounded here: streams end, a million is a hundred, and viewers stop. */
const BOUNDS: readonly (readonly [RegExp, string])[] = [
  [/^(curl -N .*)$/gm, "$1 --max-time 0.2 || [ $? = 28 ]"],
  [/--sessions 10+\b/g, "--sessions 100"],
  [/--speed 60/g, "--speed 60 --seconds 1"],
];
/** Pages that every run of the suite tries; the others start many processes. */
const QUICK = ["README.md", "docs/reports.md"];
const PAGE_MS_MAX = 60_000;
/** Ends a block's output. */
const END = "==end of block==";
/** Besides these, `playhead` and `curl`, a page's command finds no program: none may change the machine. */
const PROGRAMS = ["bash", "cat", "date", "du", "grep", "paste", "sed", "tr"];
/** Says so where a page's command is refused, rather than printing the refusal and going on. */
const CURL = `#!/bin/sh\nexec ${Bun.which("curl")} --fail --silent --show-error "$@"\n`;

const directory = tempDir();
const blocks = shellBlocks();
const isListed = ({ page, text }: ShellBlock) =>
  NOT_RUN.some(([where, beginning]) => where === page && text.startsWith(beginning));
const runnable = blocks.filter((block) => !isListed(block));
const besides = Map.groupBy(
  runnable.filter(({ text }) => !AFTER_STOP.test(text)),
  ({ page }) => page,
);
let server: ServerProcess;

function here(text: string): string {
  const places = text
    .replaceAll("http://localhost:8080", server.url)
    .replace(/\b(npx -y bun@1\.4\.5|bun) run playhead\b/g, "playhead")
    .replaceAll("/backups/", `${directory.path}/backups/`)
    .replaceAll("/etc/", `${directory.path}/etc/`)
    .replaceAll("/var/lib/playhead", join(directory.path, "data"));
  return BOUNDS.reduce((bounded, [pattern, by]) => bounded.replace(pattern, by), places);
}

/** A folder for what a page's commands write, with the server's data and a recorded session. */
function folderOf(page: string): string {
  const folder = join(directory.path, page.replaceAll("/", "-"));
  if (!existsSync(folder)) {
    mkdirSync(folder);
    symlinkSync(join(directory.path, "data"), join(folder, "data"));
    const events = [sessionStart(), eventAt(1, "play"), eventAt(11, "sessionEnd")];
    writeFileSync(join(folder, "session.json"), JSON.stringify(events));
  }
  return folder;
}

/** Runs blocks in one shell, as a reader pastes them one after the other. @returns what each wrote */
async function run(page: string, texts: readonly string[]): Promise<string[]> {
  const env = {
    ...{ PATH: join(directory.path, "bin"), HOME: directory.path, VISITOR_ID: "ann" },
    TOKEN: readFileSync(join(directory.path, "data/admin-token"), "utf8").trim(),
  };
  const script = texts.map((text) => here(`${text}\nprintf '${END}'\n`)).join("");
  const command = [join(directory.path, "bin/bash"), "-euo", "pipefail", "-c", script];
  const child = Bun.spawn(command, { cwd: folderOf(page), env, stdin: "ignore", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const outputs = out.split(END);
  const last = outputs.pop();
  const failed = { after: texts[outputs.length], out: last, err };
  expect({ code: await child.exited, ...(outputs.length < texts.length && { failed }) }).toEqual({ code: 0 });
  return outputs;
}

function writeProgram(name: string, text: string): void {
  const path = join(directory.path, "bin", name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

beforeAll(async () => {
  for (const folder of ["bin", "backups", "etc"]) mkdirSync(join(directory.path, folder));
  const main = resolve(import.meta.dir, "../../src/main.ts");
  writeProgram("playhead", `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
  writeProgram("curl", CURL);
  for (const name of PROGRAMS) symlinkSync(Bun.which(name) ?? "", join(directory.path, "bin", name));
  server = await startProcess(join(directory.path, "data"));
  // Reports are ready some seconds after the server is.
  const headers = { Authorization: `Bearer ${readFileSync(join(directory.path, "data/admin-token"), "utf8").trim()}` };
  const path = "/admin/api/reports?metrics=mediaStarts";
  await waitFor(async () => (await fetch(server.url + path, { headers })).ok, PAGE_MS_MAX);
}, PAGE_MS_MAX);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

async function runPage(page: string): Promise<void> {
  const inOrder = besides.get(page) ?? [];
  const texts = inOrder.map(({ text }) => text);
  const outputs = await run(page, texts);
  for (const [at, { shown }] of inOrder.entries()) if (shown !== undefined) expect(outputs[at]).toBe(shown);
}

describe("printed commands", () => {
  test("are run, or listed with the reason why they are not", () => {
    const listed = NOT_RUN.filter(
      ([where, beginning]) => !blocks.some(({ page, text }) => page === where && text.startsWith(beginning)),
    );
    expect(listed).toEqual([]);
    expect(runnable.length).toBeGreaterThan(25);
  });

  test.each(QUICK)("of %s work, as shown", runPage, PAGE_MS_MAX);
});

describeClients("printed commands, further ones", () => {
  const others = [...besides.keys()].filter((page) => !QUICK.includes(page));
  test.each(others)("of %s work beside a server", runPage, PAGE_MS_MAX);

  test("leave backups for their owner alone", () => {
    const backups = join(directory.path, "backups");
    const modes = readdirSync(backups).map((name) => (statSync(join(backups, name)).mode & 0o777).toString(8));
    expect([modes.length > 2, ...new Set(modes)]).toEqual([true, "600"]);
  });

  test(
    "work on a data directory without a server",
    async () => {
      server.signal("SIGTERM");
      await server.exited;
      for (const { page, text } of runnable.filter(({ text }) => AFTER_STOP.test(text))) await run(page, [text]);
    },
    PAGE_MS_MAX,
  );
});
