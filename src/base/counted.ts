/** Numbers of things, in words. */

/** `1 session`, `1,234 sessions`. */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}
