/**
 * Builds what `packages/tracker` publishes, out of the tracker's own source: modules for bundlers, and types.
 *
 * `npm pack` and `npm publish` run it.
 */

import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");
const PACKAGE = join(ROOT, "packages/tracker");
const DIST = join(PACKAGE, "dist");

rmSync(DIST, { recursive: true, force: true });
const build = await Bun.build({
  entrypoints: [join(ROOT, "src/tracker/package.ts")],
  outdir: DIST,
  naming: { entry: "index.js", chunk: "[name]-[hash].js" },
  format: "esm",
  // For browsers too: under that name Bun adds code that preloads parts, which bundlers do in their own way.
  target: "node",
  // A part that a page never asks for stays a file that it never loads.
  splitting: true,
});
for (const message of build.logs) console.error(String(message));
if (!build.success) process.exit(1);
// Types need no building: the file imports nothing and contains no code.
copyFileSync(join(ROOT, "src/tracker/api.ts"), join(DIST, "index.d.ts"));
copyFileSync(join(ROOT, "LICENSE"), join(PACKAGE, "LICENSE"));
