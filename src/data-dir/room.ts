/** Watches the free space of a disk, so that long work ends before it takes what events need. */

import { statfsSync } from "node:fs";
import { AppError } from "../base/errors.ts";

interface RoomGuard extends Disposable {
  /** Aborts with `disk-full` once less than the reserve is left. */
  readonly signal: AbortSignal;
}

interface RoomGuardOptions {
  /** What must stay free. */
  readonly reserveBytes: number;
  /** What the work will write, as far as that is known. */
  readonly neededBytes?: number;
}

const LOOK_MS = 50;

/** Watches the disk of a directory. @throws AppError `disk-full` when there is too little room to begin with */
export function guardRoom(directory: string, { reserveBytes, neededBytes = 0 }: RoomGuardOptions): RoomGuard {
  if (freeBytesOf(directory) < reserveBytes + neededBytes) throw diskFull(reserveBytes);
  const ending = new AbortController();
  const look = () => {
    if (freeBytesOf(directory) < reserveBytes) ending.abort(diskFull(reserveBytes));
  };
  const timer = setInterval(look, LOOK_MS);
  return { signal: ending.signal, [Symbol.dispose]: () => clearInterval(timer) };
}

/** What is free on the disk of a directory. */
export function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function diskFull(reserveBytes: number): AppError {
  return new AppError(
    "disk-full",
    `Cannot write this: the disk has no room for it, since ${reserveBytes} bytes stay free for events`,
  );
}
