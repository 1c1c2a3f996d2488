/**
 * Makes a release: for each system `dist/release/playhead-VERSION-SYSTEM.tar.gz` with the binary, its bill of materials,
 * the licence and `deploy/`; and `SHA256SUMS` over all of them.
 *
 * `bun scripts/release.ts [DIRECTORY]`. What is native comes from the packages of scripts/release, whose lock has their
 * digests. Each binary is checked before it is packed. The same commit gives the same bytes.
 */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { MIB } from "../src/base/units.ts";
import { VERSION } from "../src/version.ts";
import { buildBinary } from "./build/binary.ts";
import { bunPackageOf, duckdbPackageOf, HERE, nameOf, RELEASED, type Target } from "./build/targets.ts";
import { signatureFaultOf, systemsOf } from "./release/executable.ts";
import { sbomText } from "./sbom.ts";

const ROOT = resolve(import.meta.dir, "..");
const PACKAGES = join(ROOT, "scripts/release/node_modules");
const OUT = resolve(process.argv[2] ?? join(ROOT, "dist/release"));
const BESIDE = ["LICENSE", "CHANGELOG.md", "README.md", "SECURITY.md", "docs", "deploy"];

/** Runs a command to its end. @returns its output. @throws Error with its own words */
function run(command: readonly string[], cwd = ROOT): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd, stdout: "pipe", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout.toString();
}

/** Checks what can be told of a system's binary without that system, and runs it where this is that system. */
function check(binary: string, target: Target): void {
  const name = nameOf(target);
  const bytes = readFileSync(binary);
  const natives = join(PACKAGES, duckdbPackageOf(target));
  if (systemsOf(bytes).join() !== name) throw new Error(`The binary for ${name} is for ${systemsOf(bytes)}`);
  for (const file of new Bun.Glob("*.{node,so,dylib}").scanSync(natives)) {
    const native = readFileSync(join(natives, file));
    if (!systemsOf(native).includes(name)) throw new Error(`${file} for ${name} is for ${systemsOf(native)}`);
    if (!bytes.includes(native)) throw new Error(`The binary for ${name} lacks ${file}`);
  }
  const fault = target.os === "darwin" ? signatureFaultOf(bytes) : undefined;
  if (fault) throw new Error(`macOS would not run the binary for ${name}: ${fault}`);
  if (name === nameOf(HERE) && run([binary, "--version"]).trim() !== VERSION) throw new Error(`${name}: wrong version`);
}

/** Builds, checks and packs the binary for a system. @returns the archive's name */
async function release(target: Target, scratch: string, date: string): Promise<string> {
  const name = `playhead-${VERSION}-${nameOf(target)}`;
  const folder = join(scratch, name);
  const binary = join(folder, "playhead");
  await buildBinary(binary, { target, packages: PACKAGES, bun: join(PACKAGES, bunPackageOf(target), "bin/bun") });
  check(binary, target);
  writeFileSync(`${binary}.cdx.json`, sbomText(target));
  for (const each of BESIDE) cpSync(join(ROOT, each), join(folder, each), { recursive: true });
  const owner = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", `--mtime=${date}`];
  run(["tar", ...owner, "-czf", join(OUT, `${name}.tar.gz`), name], scratch);
  return `${name}.tar.gz`;
}

const here = [process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--silent"];
run([...here, "--os=*", "--cpu=*"], join(ROOT, "scripts/release"));
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const scratch = mkdtempSync(join(OUT, ".made-"));
const date = run(["git", "log", "-1", "--format=%cI"]).trim();
const sums: string[] = [];
for (const target of RELEASED) {
  const archive = await release(target, scratch, date);
  const bytes = readFileSync(join(OUT, archive));
  sums.push(`${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${archive}\n`);
  console.log(`${archive}: ${Math.round(statSync(join(OUT, archive)).size / MIB)} MiB`);
}
rmSync(scratch, { recursive: true });
writeFileSync(join(OUT, "SHA256SUMS"), sums.join(""));
