/** Builds the program into one file that needs no other. */

import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { duckdbPlugin } from "./duckdb-plugin.ts";
import { ENTRYPOINTS } from "./entrypoints.ts";
import { HERE, nameOf, type Target } from "./targets.ts";
import { trackerPlugin } from "./tracker-plugin.ts";

/** Another system's binary, made out of packages of that system. */
interface Foreign {
  readonly target: Target;
  /** The `node_modules` that has its DuckDB. */
  readonly packages: string;
  /** The Bun that the binary begins with. */
  readonly bun: string;
}

/**
 * Builds `outfile` for this system, or for another.
 *
 * The two autoload switches matter: without them the binary would load `./.env` and run `./bunfig.toml`'s preloads from
 * whatever folder it is started in.
 *
 * @param duckdb what brings DuckDB with it
 * @throws Error with the bundler's own words
 */
export async function buildBinary(
  outfile: string,
  foreign?: Foreign,
  duckdb = duckdbPlugin(foreign?.target ?? HERE, foreign?.packages),
): Promise<void> {
  mkdirSync(dirname(outfile), { recursive: true });
  // The bundler writes source maps beside its output, though the binary holds them as well.
  const scratch = mkdtempSync(join(dirname(outfile), ".build-"));
  const made = join(scratch, basename(outfile));
  try {
    const { logs, success } = await Bun.build({
      entrypoints: ENTRYPOINTS,
      // Side by side in the binary, where `./NAME-worker.ts` is looked for beside the program, not beside its source.
      naming: { entry: "[name].[ext]" },
      compile: {
        outfile: made,
        autoloadDotenv: false,
        autoloadBunfig: false,
        ...(foreign && { target: bunTargetOf(foreign.target), executablePath: foreign.bun }),
      },
      minify: true,
      jsx: { runtime: "automatic", importSource: "preact", development: false },
      sourcemap: "inline",
      bytecode: true,
      format: "esm",
      plugins: [duckdb, await trackerPlugin()],
    });
    if (!success) throw new Error(logs.map(String).join("\n"));
    renameSync(made, outfile);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const bunTargetOf = (target: Target) => `bun-${nameOf(target)}` as Bun.Build.CompileTarget;
