/** Embeds DuckDB's native parts in the binary, which writes them out once, where it keeps its data. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BunPlugin } from "bun";
import { duckdbPackageOf, HERE, nameOf, type Target } from "./targets.ts";

const ROOT = resolve(import.meta.dir, "../..");
/** The two files of a platform's package: the binding, and the library that it links against. */
const BINDING = "duckdb.node";
const LIBRARIES: Readonly<Record<string, string>> = { linux: "libduckdb.so", darwin: "libduckdb.dylib" };

/**
 * Makes `@duckdb/node-bindings` a module that brings its own files with it.
 *
 * @param packages the `node_modules` that has them for the target
 */
export function duckdbPlugin(target: Target, packages = join(ROOT, "node_modules")): BunPlugin {
  const folder = join(packages, duckdbPackageOf(target));
  const library = LIBRARIES[target.os];
  if (!library || !existsSync(join(folder, library))) {
    throw new Error(
      `Cannot build for ${nameOf(target)}: ${packages} has no DuckDB for it; bun install --os=${target.os} --cpu=${target.cpu}`,
    );
  }
  const files = [library, BINDING].map((name) => ({
    name,
    path: join(folder, name),
    sha256: sha256Of(join(folder, name)),
  }));
  return pluginOf(moduleOf(files));
}

/** Makes it a module that loads this system's files from where they are installed: for a binary that stays here. */
export function installedDuckdbPlugin(): BunPlugin {
  const binding = JSON.stringify(join(ROOT, "node_modules", duckdbPackageOf(HERE), BINDING));
  const contents = `import { createRequire } from "node:module";\nexport default createRequire(${binding})(${binding});`;
  return pluginOf(contents);
}

function pluginOf(contents: string): BunPlugin {
  return {
    name: "duckdb",
    setup(build) {
      build.onResolve({ filter: /^@duckdb\/node-bindings$/ }, () => ({ path: "bindings", namespace: "duckdb" }));
      build.onLoad({ filter: /.*/, namespace: "duckdb" }, () => ({ contents, loader: "ts" }));
    },
  };
}

function moduleOf(files: readonly { name: string; path: string; sha256: string }[]): string {
  const imports = files.map(({ path }, at) => `import file${at} from ${JSON.stringify(path)} with { type: "file" };`);
  const list = files.map(({ name, sha256 }, at) => `{ name: "${name}", path: file${at}, sha256: "${sha256}" }`);
  const loader = JSON.stringify(join(ROOT, "src/native/load.ts"));
  return `${imports.join("\n")}
import { loadNative } from ${loader};
export default loadNative([${list.join(", ")}]);`;
}

function sha256Of(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}
