/** The npm package, as it would be published: packed, installed, typed, bundled, and at work in a page. */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempDir } from "../support/temp-dir.ts";
import { Stage } from "./stage.ts";

const TEST_MS_MAX = 120_000;
const ROOT = join(import.meta.dir, "../..");
const PACKAGE = join(ROOT, "packages/tracker");

const APP = `
import { type Content, type Tracker, track } from "@playhead/tracker";
const content: Content = { id: "packaged", channel: "test" };
const run = (media: HTMLMediaElement, server: string): Tracker => track(media, content, { server, player: { levels: [], on() {} } });
Object.assign(globalThis, { run });
`;

const TYPES = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["esnext", "dom"],
  },
  files: ["app.ts"],
};

/** Runs a command with Bun and npm on the path. @returns what it wrote */
async function shell(cwd: string, ...command: string[]): Promise<string> {
  const PATH = `${dirname(process.execPath)}:${process.env["PATH"]}`;
  const child = Bun.spawn(command, { cwd, env: { ...process.env, PATH }, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${out}${err}`);
  return out;
}

/** The package is for projects with Node: without it there is none to install it into. */
const MISSING = ["npm", "node"].filter((tool) => Bun.which(tool) === null);
if (MISSING.length > 0) process.stderr.write(`SKIPPED: the npm package needs ${MISSING.join(" and ")}\n`);

describe.skipIf(MISSING.length > 0)("the package", () => {
  test(
    "is packed, installed without any other, typed, bundled, and reports a session",
    async () => {
      using directory = tempDir();
      const { path } = directory;
      const [packed] = JSON.parse(await shell(PACKAGE, "npm", "pack", "--json", "--pack-destination", path));
      const names = packed.files.map((file: { path: string }) => file.path);
      for (const name of ["README.md", "LICENSE", "package.json", "dist/index.js", "dist/index.d.ts"]) {
        expect(names).toContain(name);
      }
      writeFileSync(join(path, "package.json"), JSON.stringify({ name: "app", type: "module", private: true }));
      writeFileSync(join(path, "app.ts"), APP);
      writeFileSync(join(path, "tsconfig.json"), JSON.stringify(TYPES));
      await shell(path, "npm", "install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);
      expect(readdirSync(join(path, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["@playhead"]);
      await shell(path, join(ROOT, "node_modules/.bin/tsc"), "-p", path);
      // Where pages are rendered on a server there is no browser.
      const rendered = 'import("@playhead/tracker").then(({ track }) => console.log(typeof track({}, {}).start()))';
      expect(await shell(path, "node", "-e", rendered)).toBe("undefined\n");

      const { outputs } = await Bun.build({ entrypoints: [join(path, "app.ts")], format: "iife", target: "browser" });
      await using stage = await Stage.open();
      const { run } = await stage.view("html5", "packaged", "0");
      await run((await outputs[0]?.text()) ?? "");
      await run(`(async () => {
        scene.media.src = "media/clip.mp4";
        const tracker = globalThis.run(scene.media, "${stage.url}");
        await scene.play(0.4);
        tracker.end();
      })()`);
      const { metrics, session } = await stage.closedSessionOf("packaged");
      expect(metrics).toMatchObject({ contentStarts: 1 });
      // The player's part is one of the package's own.
      expect(session.params).toMatchObject({ "media.playerName": "hls.js" });
      expect(stage.complaints).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test("has the project's version and licence, and no dependency", () => {
    const read = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const { version, license } = read(ROOT);
    const manifest = read(PACKAGE);
    expect(manifest).toMatchObject({ version, license, type: "module" });
    expect(Object.keys(manifest).filter((name) => /dependencies/i.test(name))).toEqual([]);
  });
});
