/** Reads what an executable or a library says of itself: the system that it is for, and whether a Mac would run it. */

import { nameOf } from "../build/targets.ts";

const ELF = 0x7f454c46;
const ELF_CPUS: Readonly<Record<number, string>> = { 62: "x64", 183: "arm64" };
const MACH_O_64 = 0xfeedfacf;
/** Several Mach-O files in one. */
const MACH_O_FAT = 0xcafebabe;
const MACH_O_CPUS: Readonly<Record<number, string>> = { 16777223: "x64", 16777228: "arm64" };
const MACH_O_HEADER_BYTES = 32;
const FAT_HEADER_BYTES = 8;
const FAT_ENTRY_BYTES = 20;
const LC_CODE_SIGNATURE = 0x1d;
const CODE_DIRECTORY = 0xfade0c02;
const SHA_256 = 2;

/** Names the systems that a file is for, as `linux-x64`; none for what is no executable. */
export function systemsOf(file: Buffer): string[] {
  if (file.length < MACH_O_HEADER_BYTES) return [];
  if (file.readUInt32BE(0) === ELF) return named("linux", ELF_CPUS[file.readUInt16LE(18)]);
  if (file.readUInt32LE(0) === MACH_O_64) return named("darwin", MACH_O_CPUS[file.readUInt32LE(4)]);
  if (file.readUInt32BE(0) !== MACH_O_FAT) return [];
  return Array.from({ length: file.readUInt32BE(4) }, (_, at) =>
    named("darwin", MACH_O_CPUS[file.readUInt32BE(FAT_HEADER_BYTES + at * FAT_ENTRY_BYTES)]),
  ).flat();
}

const named = (os: string, cpu: string | undefined) => (cpu ? [nameOf({ os, cpu })] : []);

/**
 * Says what is wrong with a Mach-O file's signature, if anything: a Mac with an ARM processor kills a program whose pages
 * are not those that were signed.
 */
export function signatureFaultOf(file: Buffer): string | undefined {
  const signature = signatureAt(file);
  if (signature === undefined) return "it has no signature";
  const directory = blobAt(file, signature, CODE_DIRECTORY);
  if (directory === undefined) return "its signature has no code directory";
  const hashes = directory + file.readUInt32BE(directory + 16);
  const count = file.readUInt32BE(directory + 28);
  const limit = file.readUInt32BE(directory + 32);
  const hashBytes = file.readUInt8(directory + 36);
  const pageBytes = 2 ** file.readUInt8(directory + 39);
  if (file.readUInt8(directory + 37) !== SHA_256) return "its signature is not made of SHA-256";
  if (limit !== signature) return `its signature covers ${limit} bytes of ${signature}`;
  for (let page = 0; page < count; page += 1) {
    const bytes = file.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, limit));
    const signed = file.subarray(hashes + page * hashBytes, hashes + (page + 1) * hashBytes);
    if (!new Bun.CryptoHasher("sha256").update(bytes).digest().equals(signed)) return `page ${page} is not as signed`;
  }
  return undefined;
}

/** Finds the load command with the place of the signature. */
function signatureAt(file: Buffer): number | undefined {
  let at = MACH_O_HEADER_BYTES;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    if (file.readUInt32LE(at) === LC_CODE_SIGNATURE) return file.readUInt32LE(at + 8);
    at += file.readUInt32LE(at + 4);
  }
  return undefined;
}

/** Finds a part of the signature by its magic number. */
function blobAt(file: Buffer, signature: number, magic: number): number | undefined {
  for (let at = 0; at < file.readUInt32BE(signature + 8); at += 1) {
    const blob = signature + file.readUInt32BE(signature + 12 + at * 8 + 4);
    if (file.readUInt32BE(blob) === magic) return blob;
  }
  return undefined;
}
