/** Disks for a test: one whose power can be cut, and a small one. Both need root. */

import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../support/temp-dir.ts";

/** FS_IOC_SHUTDOWN of linux/fs.h, with its flag that stops even the journal. */
const SHUTDOWN = 0x8004587d;
const WITHOUT_THE_JOURNAL = new Uint32Array([2]);

export interface Disk extends Disposable {
  /** Where it is mounted. */
  readonly path: string;
}

export interface CuttableDisk extends Disk {
  /**
   * Cuts the power: data that the file system has not yet given to the disk never reaches it.
   *
   * A copy of the image takes time; this is one instant, which may be in the middle of a sync. The kernel may then
   * report that sync as done (measured: 149 of 741 answers given after a cut were lost, and none of 41,829 before):
   * any answer from this instant on doesn't count, since without power the server could not have given it.
   */
  cutPower(): void;
  /** Mounts it again, as after a reboot: the file system replays its journal. No process may be using it. */
  reboot(): void;
}

export interface SmallDisk extends Disk {
  /** Fills it up to the last `bytesLeft` bytes; default 0. */
  fill(bytesLeft?: number): void;
  /** Frees the room again. */
  makeRoom(): void;
}

/** An ext4 file system on a loop device. Data that the device has written to its file counts as on disk. */
export function cuttableDisk(mib: number): CuttableDisk {
  const directory = tempDir();
  const image = join(directory.path, "image");
  const path = join(directory.path, "disk");
  mkdirSync(path);
  run("truncate", "-s", `${mib}M`, image);
  run("mkfs.ext4", "-q", "-F", image);
  run("mount", "-o", "loop", image, path);
  return {
    path,
    cutPower: () => shutDown(path),
    reboot: () => {
      run("umount", path);
      run("mount", "-o", "loop", image, path);
    },
    [Symbol.dispose]: () => letGo(path, directory),
  };
}

/** A file system in memory. */
export function smallDisk(mib: number): SmallDisk {
  const directory = tempDir();
  const path = join(directory.path, "disk");
  const ballast = join(path, "ballast");
  mkdirSync(path);
  run("mount", "-t", "tmpfs", "-o", `size=${mib}M`, "tmpfs", path);
  return {
    path,
    fill: (bytesLeft = 0) => fill(ballast, bytesLeft),
    makeRoom: () => rmSync(ballast),
    [Symbol.dispose]: () => letGo(path, directory),
  };
}

function letGo(path: string, directory: Disposable): void {
  // Lazily, since a failed test's process may still use it: the mount and its loop device go when that ends.
  Bun.spawnSync(["umount", "-l", path]);
  directory[Symbol.dispose]();
}

/** Writes until the disk is full: another process may be writing too, so no count of free bytes is reliable. */
function fill(ballast: string, bytesLeft: number): void {
  const file = openSync(ballast, "w");
  try {
    for (const size of [2 ** 20, 4096]) writeUntilFull(file, new Uint8Array(size));
    ftruncateSync(file, Math.max(0, fstatSync(file).size - bytesLeft));
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, piece: Uint8Array): void {
  try {
    while (true) writeSync(file, piece);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  }
}

function shutDown(path: string): void {
  const libc = dlopen("libc.so.6", {
    ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
  });
  const directory = openSync(path, "r");
  try {
    const failed = libc.symbols.ioctl(directory, SHUTDOWN, ptr(WITHOUT_THE_JOURNAL)) !== 0;
    if (failed) throw new Error("The file system can't be shut down");
  } finally {
    closeSync(directory);
    libc.close();
  }
}

function run(...command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command);
  if (!success) throw new Error(`${command.join(" ")}: ${stderr}`);
}
