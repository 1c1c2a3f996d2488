/** Assertions: a failed one is a bug in the program, never bad input or a failing machine. */

/** Throws when the program itself is wrong. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${message}`);
}
