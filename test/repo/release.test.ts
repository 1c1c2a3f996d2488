/** A release: one version, and pieces that are those of the ordinary build. `test/clients/release.test.ts` makes one. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { bunPackageOf, duckdbPackageOf, HERE, nameOf, RELEASED } from "../../scripts/build/targets.ts";
import { signatureFaultOf, systemsOf } from "../../scripts/release/executable.ts";
import { VERSION } from "../../src/version.ts";

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8").replace(/,(\s*[\]}])/g, "$1"));
const ROOT_LOCK = readJson("bun.lock").packages;
const RELEASE_LOCK = readJson("scripts/release/bun.lock").packages;

describe("the version", () => {
  test("is that of package.json in all that names it", () => {
    expect(readJson("packages/tracker/package.json").version).toBe(VERSION);
    expect(/^## (\d\S*)/m.exec(readFileSync("CHANGELOG.md", "utf8"))?.[1]).toBe(VERSION);
  });
});

describe("the packages of a release", () => {
  test.each(RELEASED.map((target) => ({ name: nameOf(target), target })))("$name: those of the build", ({ target }) => {
    const duckdb = duckdbPackageOf(target);
    expect(RELEASE_LOCK[duckdb]).toEqual(ROOT_LOCK[duckdb]);
    expect(RELEASE_LOCK[bunPackageOf(target)][0]).toBe(
      `${bunPackageOf(target)}@${readJson("package.json").engines.bun}`,
    );
  });
});

/** An empty program of a Mac: its header, and one load command that says where the signature is. */
function machO(signatureAt: number, rest: Buffer): Buffer {
  const file = Buffer.alloc(48);
  for (const [at, word] of [0xfeedfacf, 0x0100000c, 0, 2, 1, 16, 0, 0, 0x1d, 16, signatureAt, rest.length].entries()) {
    file.writeUInt32LE(word, at * 4);
  }
  return Buffer.concat([file, rest]);
}

/** A signature with the hash of one page of 4,096 bytes, which holds `signed` bytes. */
function signature(signed: number, hash: Uint8Array): Buffer {
  const directory = Buffer.alloc(44);
  for (const [at, word] of [0xfade0c02, 44 + hash.length, 0x20400, 2, 44, 0, 0, 1, signed].entries()) {
    directory.writeUInt32BE(word, at * 4);
  }
  directory.set([hash.length, 2, 0, 12], 36);
  const head = Buffer.alloc(20);
  for (const [at, word] of [0xfade0cc0, 64 + hash.length, 1, 0, 20].entries()) head.writeUInt32BE(word, at * 4);
  return Buffer.concat([head, directory, hash]);
}

describe("an executable", () => {
  test("says which system it is for", () => {
    expect(systemsOf(readFileSync(process.execPath))).toEqual([nameOf(HERE)]);
    expect(systemsOf(machO(0, Buffer.alloc(0)))).toEqual(["darwin-arm64"]);
    expect(systemsOf(readFileSync("package.json"))).toEqual([]);
  });

  test("for a Mac has a signature of just these bytes", () => {
    const hash = (file: Buffer) => new Bun.CryptoHasher("sha256").update(file.subarray(0, 48)).digest();
    const unsigned = machO(48, signature(48, new Uint8Array(32)));
    const signed = machO(48, signature(48, hash(unsigned)));
    expect(signatureFaultOf(signed)).toBeUndefined();
    expect(signatureFaultOf(unsigned)).toBe("page 0 is not as signed");
    expect(signatureFaultOf(machO(48, signature(40, hash(unsigned))))).toBe("its signature covers 40 bytes of 48");
    signed.writeUInt32LE(0, 32);
    expect(signatureFaultOf(signed)).toBe("it has no signature");
  });
});
