/** Whole numbers as a column of 64 bits holds them. */

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/**
 * A whole number as a signed one of 64 bits, or else the nearest of these.
 *
 * Bodies may carry any number, and sums of them, such as expected frames, go beyond every column.
 */
export function int64Of(value: number): bigint {
  const whole = BigInt(value);
  if (whole > MAX) return MAX;
  return whole < MIN ? MIN : whole;
}
