/** A release as a user takes it: made, checked by its sums, unpacked, and run where this machine can run it. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HERE, nameOf, RELEASED } from "../../scripts/build/targets.ts";
import { VERSION } from "../../src/version.ts";
import { shellBlocks } from "../support/documented-commands.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { describeClients, TEST_MS_MAX } from "./effort.ts";

/** Debian's `qemu-user-static`, `libc6-arm64-cross` and `libstdc++6-arm64-cross`. */
const EMULATOR = "qemu-aarch64-static";
const ARM_LIBRARIES = "/usr/aarch64-linux-gnu";

const directory = tempDir();
afterAll(() => directory[Symbol.dispose]());

function run(command: string[], cwd = directory.path) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, stderr: "pipe" });
  return { exitCode, out: stdout.toString(), err: stderr.toString() };
}

describeClients("a release", () => {
  beforeAll(() => {
    const { exitCode, err } = run([process.execPath, "scripts/release.ts", directory.path], ".");
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  }, TEST_MS_MAX);

  test("has an archive for each system, with its sum, as README unpacks it", () => {
    const readme = shellBlocks().find(({ page, text }) => page === "README.md" && text.startsWith("sha256sum"));
    const { exitCode, out } = run(["bash", "-ec", `${readme?.text.trim()} --version`]);
    const sums = RELEASED.map((target) => `playhead-${VERSION}-${nameOf(target)}.tar.gz: OK\n`).join("");
    expect([exitCode, out]).toEqual([0, `${sums}${VERSION}\n`]);
  });

  test.each(RELEASED.map(nameOf))("%s has what its user needs, and its own bill of materials", (system) => {
    const name = `playhead-${VERSION}-${system}`;
    expect(run(["tar", "xzf", `${name}.tar.gz`]).err).toBe("");
    const inside = (file: string) => join(directory.path, name, file);
    for (const file of ["LICENSE", "CHANGELOG.md", "README.md", "docs/operations.md", "deploy/playhead.service"])
      expect(existsSync(inside(file))).toBe(true);
    const bill = JSON.parse(readFileSync(inside("playhead.cdx.json"), "utf8"));
    const natives = bill.components.filter(({ name }: { name: string }) => name.startsWith("@duckdb/node-bindings-"));
    expect(natives.map(({ name }: { name: string }) => name)).toEqual([`@duckdb/node-bindings-${system}`]);
  });

  test(
    "takes an event, and reports on it, on this system",
    async () => {
      const binary = join(directory.path, `playhead-${VERSION}-${nameOf(HERE)}`, "playhead");
      expect(run([binary, "--version"]).out).toBe(`${VERSION}\n`);
      const env = { PLAYHEAD_PORT: "0", PLAYHEAD_HOST: "127.0.0.1", PLAYHEAD_ADMIN_TOKEN: ADMIN_TOKEN };
      const server = Bun.spawn([binary], { cwd: directory.path, env, stdout: "ignore", stderr: "ignore" });
      const address = join(directory.path, "data/address");
      await waitFor(() => Promise.resolve(existsSync(address)));
      const url = readFileSync(address, "utf8").trim();
      const body = JSON.stringify(sessionStart({ "media.name": "Film" }));
      const sid = sidOf(await fetch(`${url}/api/v1/sessions`, { method: "POST", body }));
      const path = "/admin/api/reports?metrics=mediaStarts&dimension=media.name";
      await waitFor(async () => {
        const answer = await fetch(url + path, { headers: ADMIN_HEADERS });
        return answer.ok && (await answer.text()).includes('"Film"');
      });
      expect(run([binary, "export", "sessions", "--format", "csv"]).out).toContain(sid);
      server.kill("SIGTERM");
      expect(await server.exited).toBe(0);
    },
    TEST_MS_MAX,
  );

  test.skipIf(!existsSync(ARM_LIBRARIES) || Bun.which(EMULATOR) === null)(
    "stores sessions and loads its engine on ARM, in an emulator",
    () => {
      const binary = join(`playhead-${VERSION}-linux-arm64`, "playhead");
      const playhead = (...args: string[]) =>
        run([EMULATOR, "-L", ARM_LIBRARIES, binary, ...args, "--data-dir", "arm"]);
      expect(playhead("simulate", "--sessions", "5", "--days", "1").out).toStartWith("5 sessions with");
      expect(playhead("export", "sessions", "--format", "parquet").out).toStartWith("PAR1");
    },
    TEST_MS_MAX,
  );
});
