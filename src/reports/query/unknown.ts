/** Refusing a name that no catalogue has, with those that there are: whoever mistyped one need look nowhere else. */

import { AppError } from "../../base/errors.ts";
import { DIMENSIONS, METADATA_PREFIX } from "../catalogue/dimensions.ts";
import { AGGREGATIONS, REPORT_METRICS } from "../catalogue/metrics.ts";

/** @param at where the name stands; the name itself is not repeated */
export function unknownMetric(at: string): AppError {
  const known = REPORT_METRICS.map(({ id }) => id).join(", ");
  const suffixes = Object.keys(AGGREGATIONS).join(", :");
  return new AppError(
    "invalid-query",
    `${at} is no metric. Known are ${known}, and STATECount, STATEStreamsImpacted, STATETotalDuration ` +
      `of a custom player state; each also with one of :${suffixes} where it makes sense`,
  );
}

/** @param at where the name stands; the name itself is not repeated */
export function unknownDimension(at: string): AppError {
  const known = DIMENSIONS.map(({ name }) => name).join(", ");
  return new AppError("invalid-query", `${at} is no dimension. Known are ${known}, and ${METADATA_PREFIX}KEY`);
}
