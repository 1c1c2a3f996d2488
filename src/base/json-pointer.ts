/** The steps of a JSON Pointer (RFC 6901). */

/** A key as a step of a pointer. */
export function stepTo(key: string | number): string {
  return String(key).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The key that a step leads to. */
export function keyOfStep(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
