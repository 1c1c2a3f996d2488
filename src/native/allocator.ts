/** How native parts allocate: their allocator reads it from the environment when they are loaded. */

import { dlopen } from "bun:ffi";

const VARIABLE = "DUCKDB_JE_MALLOC_CONF";
/**
 * By default each thread has its own arena, which keeps freed memory for seconds: up to as much again as reports may
 * take. Threads that share one reuse what any of them freed.
 */
const ONE_ARENA = "narenas:1";
const LIBC = "libc.so.6";

/** Lets all threads of the native parts share one arena; an operator's own variable stays. */
export function shareArena(): void {
  // Native code doesn't see what JavaScript sets in the environment.
  try {
    const libc = dlopen(LIBC, { setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" } });
    libc.symbols.setenv(textOf(VARIABLE), textOf(ONE_ARENA), 0);
    libc.close();
  } catch {
    // Only Linux has this library, and there alone the parts bring an allocator.
  }
}

function textOf(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
