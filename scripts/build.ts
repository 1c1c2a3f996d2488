/**
 * Builds `dist/playhead`: one file that needs no other. `dist/playhead.cdx.json` lists what it is made of.
 *
 * The two autoload switches matter: without them the binary would load `./.env` and run `./bunfig.toml`'s preloads from
 * whatever folder it is started in.
 */

import { rmSync, statSync, writeFileSync } from "node:fs";
import { MIB } from "../src/base/units.ts";
import { duckdbPlugin } from "./build/duckdb-plugin.ts";
import { ENTRYPOINTS } from "./build/entrypoints.ts";
import { trackerPlugin } from "./build/tracker-plugin.ts";
import { sbomText } from "./sbom.ts";

const OUTFILE = process.argv[2] ?? "dist/playhead";

const build = await Bun.build({
  entrypoints: ENTRYPOINTS,
  // Side by side in the binary, where `./NAME-worker.ts` is looked for beside the program and not beside its source.
  naming: { entry: "[name].[ext]" },
  compile: { outfile: OUTFILE, autoloadDotenv: false, autoloadBunfig: false },
  minify: true,
  jsx: { runtime: "automatic", importSource: "preact", development: false },
  sourcemap: "inline",
  bytecode: true,
  format: "esm",
  plugins: [duckdbPlugin(), await trackerPlugin()],
});
for (const message of build.logs) console.error(String(message));
if (!build.success) process.exit(1);
// The binary holds the source map as well.
rmSync(`${OUTFILE}.map`, { force: true });
writeFileSync(`${OUTFILE}.cdx.json`, sbomText());
console.log(`${OUTFILE}: ${Math.round(statSync(OUTFILE).size / MIB)} MiB`);
