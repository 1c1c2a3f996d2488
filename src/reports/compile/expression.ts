/** Numbers that are made of what the engine finds: worked out here for an answer, and in SQL for an order. */

export type Expression =
  /** What the engine finds under a key, in its unit. Without a row, a sum is 0 and any other number is missing. */
  | { readonly is: "found"; readonly key: string; readonly per: number; readonly isSum: boolean }
  | { readonly is: "sum"; readonly of: readonly { readonly times: number; readonly each: Expression }[] }
  /** A part by its whole; missing unless the whole is positive. */
  | { readonly is: "quotient"; readonly of: Expression; readonly by: Expression };

/** Works a number out. @param find what the engine found; null for nothing */
export function numberOf(expression: Expression, find: (key: string) => number | null): number | null {
  switch (expression.is) {
    case "found": {
      const found = find(expression.key) ?? (expression.isSum ? 0 : null);
      return found === null || !Number.isFinite(found) ? null : found / expression.per;
    }
    case "sum": {
      const terms = expression.of.map(({ times, each }) => ({ times, value: numberOf(each, find) }));
      if (terms.some(({ value }) => value === null)) return null;
      return terms.reduce((sum, { times, value }) => sum + times * (value ?? 0), 0);
    }
    case "quotient": {
      const of = numberOf(expression.of, find);
      const by = numberOf(expression.by, find);
      return of !== null && by !== null && by > 0 ? of / by : null;
    }
  }
}

/** Writes the same as SQL. @param nameOf the column that a key is found in */
export function sqlOf(expression: Expression, nameOf: (key: string) => string): string {
  switch (expression.is) {
    case "found": {
      const name = nameOf(expression.key);
      const found = expression.isSum ? `coalesce(${name}, 0)` : name;
      return expression.per === 1 ? found : `${found} / ${expression.per}`;
    }
    case "sum":
      return expression.of.map(({ times, each }) => `${times} * (${sqlOf(each, nameOf)})`).join(" + ");
    case "quotient": {
      const by = sqlOf(expression.by, nameOf);
      return `CASE WHEN (${by}) > 0 THEN (${sqlOf(expression.of, nameOf)})::DOUBLE / (${by}) END`;
    }
  }
}
