/** How much the system receives for a connection before the server reads it. */

import { dlopen } from "bun:ffi";
import { readdirSync } from "node:fs";
import { KIB } from "../base/units.ts";

/**
 * The system raises its own bound to megabytes while a client sends, and the server reads all connections in one turn
 * of its loop: hundreds that send at once would hold up all others. This is enough for most bodies at once, and for an
 * array of 4 MiB from the other side of the earth in half a minute.
 */
const RECEIVED_BYTES = 32 * KIB;
const LIBC = "libc.so.6";
const DESCRIPTORS = "/proc/self/fd";
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_ACCEPTCONN = 30;

/** Bounds what the listeners of this process receive ahead: their connections take it over from them. */
export function boundReceiving(): void {
  try {
    const libc = dlopen(LIBC, {
      getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
      setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    });
    const { getsockopt, setsockopt } = libc.symbols;
    const listens = new Int32Array(1);
    const length = new Uint32Array([listens.byteLength]);
    const most = new Int32Array([RECEIVED_BYTES]);
    for (const name of readdirSync(DESCRIPTORS)) {
      const descriptor = Number(name);
      // Bun doesn't tell the descriptor of a server. Other files refuse the question.
      if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, listens, length) !== 0 || listens[0] === 0) continue;
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, most, most.byteLength);
    }
    libc.close();
  } catch {
    // Only Linux has this library and these descriptors; elsewhere the system keeps its own bound.
  }
}
