/** Histograms: where a value counts. */

import { expect, test } from "bun:test";
import { Histogram } from "../../src/base/histogram.ts";

test("a histogram counts a value below every bound that it does not exceed", () => {
  const histogram = new Histogram([1, 10]);
  expect(histogram.cumulative()).toEqual([0, 0, 0]);
  for (const value of [0, 1, 1.5, 10, 10.1, 1000]) histogram.observe(value);
  expect(histogram.cumulative()).toEqual([2, 4, 6]);
  expect(histogram.sum).toBeCloseTo(1022.6);
});
