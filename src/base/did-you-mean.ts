/** The known word that a mistyped one most likely meant. */

/** A longer word is no slip of a key, and comparing costs the product of the lengths. */
const CHARS_MAX = 80;
/** One mistake is allowed for this many characters. */
const CHARS_PER_MISTAKE = 4;

/**
 * Finds the closest known word.
 *
 * @returns undefined when none is close, as one mistake in four characters is; upper and lower case count as equal
 */
export function closestTo(word: string, known: Iterable<string>): string | undefined {
  if (word.length > CHARS_MAX) return undefined;
  const lower = word.toLowerCase();
  let mistakesMin = Math.max(1, Math.floor(word.length / CHARS_PER_MISTAKE)) + 1;
  let closest: string | undefined;
  for (const each of known) {
    if (Math.abs(each.length - word.length) >= mistakesMin) continue;
    const mistakes = mistakesBetween(lower, each.toLowerCase());
    if (mistakes < mistakesMin) {
      mistakesMin = mistakes;
      closest = each;
    }
  }
  return closest;
}

/** `; did you mean media.length?`, or nothing: to end a message with. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const closest = closestTo(word, known);
  return closest === undefined ? "" : `; did you mean ${closest}?`;
}

/** Characters to add, take away, replace, or swap with their neighbour (optimal string alignment). */
function mistakesBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? least) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
