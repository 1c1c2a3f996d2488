/** Runs openapi-typescript, as a developer who generates a client does. */

import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

const PACKAGES = resolve("node_modules");
const GENERATOR = "openapi-typescript";
const COMPILER = "typescript";
/** The generator calls an API that TypeScript 7 no longer has. */
const COMPILER_OF_GENERATOR = "typescript-5";

/**
 * Writes the types of an OpenAPI document.
 *
 * @param directory an empty one, for the generator beside the compiler that it needs
 */
export async function generateTypes(directory: string, document: string, output: string): Promise<void> {
  const packages = join(directory, "node_modules");
  mkdirSync(packages);
  for (const name of readdirSync(PACKAGES)) {
    if (name !== GENERATOR && name !== COMPILER) symlinkSync(join(PACKAGES, name), join(packages, name));
  }
  symlinkSync(join(PACKAGES, COMPILER_OF_GENERATOR), join(packages, COMPILER));
  cpSync(join(PACKAGES, GENERATOR), join(packages, GENERATOR), { recursive: true });
  const program = join(packages, GENERATOR, "bin/cli.js");
  const made = Bun.spawn([process.execPath, program, document, "-o", output], { stdout: "pipe", stderr: "pipe" });
  const words = await Promise.all([new Response(made.stdout).text(), new Response(made.stderr).text()]);
  if ((await made.exited) !== 0) throw new Error(words.join("\n"));
}
