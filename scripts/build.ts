/**
 * Builds `dist/playhead`: one file that needs nothing beside it.
 *
 * The two autoload switches matter: without them the binary would load `./.env` and run `./bunfig.toml`'s preloads from
 * whatever folder it is started in.
 */

import { statSync } from "node:fs";
import { MIB } from "../src/base/units.ts";

const OUTFILE = process.argv[2] ?? "dist/playhead";

const build = Bun.spawnSync(
  [
    "bun",
    "build",
    "--compile",
    "--minify",
    "--sourcemap",
    "--bytecode",
    "--format=esm",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    // Loaded when a parquet file is asked for; it holds a library for each system, most of which aren't installed.
    "--external=@duckdb/node-api",
    "src/main.ts",
    // A thread has an entry of its own.
    "src/backup-worker.ts",
    "--outfile",
    OUTFILE,
  ],
  { stdout: "inherit", stderr: "inherit" },
);
if (build.exitCode !== 0) process.exit(build.exitCode);
console.log(`${OUTFILE}: ${Math.round(statSync(OUTFILE).size / MIB)} MiB`);
