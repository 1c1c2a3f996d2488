/** What is said of many measurements without being moved by a few odd ones. */

/** The value below which a share of the others is. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

/**
 * How steeply values rise, as Theil and Sen have it: the median of the slopes between all pairs.
 *
 * Up to a quarter of the points may be anywhere, and it stays what it is.
 */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const slopes = points.flatMap((a, at) =>
    points.slice(at + 1).flatMap((b) => (a.x === b.x ? [] : [(b.y - a.y) / (b.x - a.x)])),
  );
  return medianOf(slopes);
}
