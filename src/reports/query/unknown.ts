/** Refuses a name that no catalogue has, with the closest one and all that there are. */

import { didYouMean } from "../../base/did-you-mean.ts";
import { AppError } from "../../base/errors.ts";
import { DIMENSIONS, METADATA_PREFIX } from "../catalogue/dimensions.ts";
import { AGGREGATIONS, REPORT_METRICS } from "../catalogue/metrics.ts";

/** @param at where the name stands; the name itself is not repeated */
export function unknownMetric(at: string, name: string): AppError {
  const ids = REPORT_METRICS.map(({ id }) => id);
  const known = ids.join(", ");
  const suffixes = Object.keys(AGGREGATIONS).join(", :");
  return new AppError(
    "invalid-query",
    `${at} is no metric${didYouMean(name, ids) || "."} Known are ${known}, and STATECount, ` +
      `STATEStreamsImpacted, STATETotalDuration of a custom player state; ` +
      `each also with one of :${suffixes} where it makes sense`,
  );
}

/** @param at where the name stands; the name itself is not repeated */
export function unknownDimension(at: string, name: string): AppError {
  return unknown(`${at} is no dimension`, name, DIMENSION_NAMES);
}

/** @param at where the filter stands; its name is not repeated */
export function unknownFilter(at: string, name: string): AppError {
  const known = [...DIMENSION_NAMES, ...REPORT_METRICS.map(({ id }) => id)];
  return unknown(`${at} is no dimension or metric`, name, known);
}

const DIMENSION_NAMES: readonly string[] = DIMENSIONS.map((dimension) => dimension.name);

function unknown(what: string, name: string, known: readonly string[]): AppError {
  const hint = didYouMean(name, known) || ".";
  return new AppError("invalid-query", `${what}${hint} Known are ${known.join(", ")}, and ${METADATA_PREFIX}KEY`);
}
