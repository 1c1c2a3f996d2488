/** Refuses a name that no catalogue has, with the closest one, or with all that there are if none is close. */

import { didYouMean } from "../../base/did-you-mean.ts";
import { AppError } from "../../base/errors.ts";
import { STATE_PART_NAMES } from "../../sessions/metrics/states.ts";
import { BUCKET, DIMENSIONS, findGroup, METADATA_PREFIX } from "../catalogue/dimensions.ts";
import { AGGREGATIONS, REPORT_METRICS } from "../catalogue/metrics.ts";

/** @param at where the name stands; the name itself is not repeated */
export function unknownMetric(at: string, name: string): AppError {
  const ids = REPORT_METRICS.map(({ id }) => id);
  const suffixes = Object.keys(AGGREGATIONS).join(", :");
  const rest =
    `${STATE_PART_NAMES.map((part) => `STATE${part}`).join(", ")} of a custom player state; ` +
    `each also with one of :${suffixes} where it makes sense`;
  return unknown(`${at} is no metric`, didYouMean(name, ids), ids, rest);
}

/** @param at where the name stands; the name itself is not repeated */
export function unknownDimension(at: string, name: string): AppError {
  const asBucket = `${name}${BUCKET}`;
  const hint = findGroup(asBucket)
    ? didYouMean(asBucket, [asBucket])
    : didYouMean(name, [...DIMENSION_NAMES, ...groupsOfNumbers()]);
  const rest = `${METADATA}, any count of a session, and any time of it with ${BUCKET} behind`;
  return unknown(`${at} is no dimension`, hint, DIMENSION_NAMES, rest);
}

/** @param at where the filter stands; its name is not repeated */
export function unknownFilter(at: string, name: string): AppError {
  const known = [...DIMENSION_NAMES, ...REPORT_METRICS.map(({ id }) => id)];
  // A filter compares the number of one session, which has no suffix.
  const hint = didYouMean(name.replace(/:.*$/s, ""), known);
  return unknown(`${at} is no dimension or metric`, hint, known, METADATA);
}

const DIMENSION_NAMES: readonly string[] = DIMENSIONS.map((dimension) => dimension.name);
const METADATA = `${METADATA_PREFIX}KEY`;
const LISTED = "GET /admin/api/reports/catalogue lists all";

/** Metrics that are dimensions too. */
function groupsOfNumbers(): string[] {
  return REPORT_METRICS.flatMap(({ id }) => [id, `${id}${BUCKET}`]).filter((name) => findGroup(name) !== undefined);
}

function unknown(what: string, hint: string, known: readonly string[], rest: string): AppError {
  const others = hint === "" ? `. Known are ${known.join(", ")}, and ${rest}` : ` ${LISTED}`;
  return new AppError("invalid-query", `${what}${hint}${others}`);
}
