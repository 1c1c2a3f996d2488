/** Names that no catalogue has, for people. */

/** The words of an id, the first with a capital. */
export function wordsOf(id: string): string {
  const words = id.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
