/** Names of code as people read them. */

/** `fullScreenTime` → `Full screen time`. */
export function asWords(id: string): string {
  const words = id.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
