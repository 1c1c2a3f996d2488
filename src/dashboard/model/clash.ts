/** Finds filters that can't be combined with a dimension, as no chapter has an ad. */

import type { Catalogue } from "../api/answers.ts";

type KnownDimensions = readonly Pick<Catalogue["dimensions"][number], "name" | "scope">[];

/**
 * The first filter that speaks of something that no row of a report by these dimensions has.
 *
 * @param by one dimension, or several with commas between
 */
export function clashOf(by: string, filters: readonly string[], dimensions: KnownDimensions): string | undefined {
  const scopeOf = (name: string) => dimensions.find((each) => each.name === name)?.scope ?? "session";
  const own = by.split(",").map(scopeOf).filter(isNarrow);
  return filters.find((filter) => {
    const scope = scopeOf(/^[^\s=!<>~]+/.exec(filter)?.[0] ?? "");
    return isNarrow(scope) && own.some((each) => !goTogether(each, scope));
  });
}

function isNarrow(scope: string): boolean {
  return scope !== "session";
}

/** An ad knows its break. */
function goTogether(a: string, b: string): boolean {
  return a === b || (a.startsWith("ad") && b.startsWith("ad"));
}
