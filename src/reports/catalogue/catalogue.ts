/** What reports can be asked for, as data for the admin API, its menus and the documentation. */

import { isPersonal } from "../../protocol/personal.ts";
import { GRANULARITIES } from "../calendar.ts";
import { DIMENSIONS, METADATA_PREFIX, ofMetadata } from "./dimensions.ts";
import { AGGREGATIONS, REPORT_METRICS } from "./metrics.ts";
import { OPERATORS } from "./operators.ts";

const ANY_METADATA = ofMetadata(
  `${METADATA_PREFIX}KEY`,
  "metadata of the player's own; an ad or a chapter has its own before the session's",
);

/** Every name that a report knows. @param personal whether with the keys that identify people */
export function reportCatalogue({ personal = true } = {}) {
  const dimensions = DIMENSIONS.filter(({ name }) => personal || !isPersonal(name));
  return {
    metrics: REPORT_METRICS.map(({ id, label, unit, group, better = null, summary, aggregations }) => {
      return { id, label, unit, group, better, summary, aggregations };
    }),
    aggregations: AGGREGATIONS,
    dimensions: [...dimensions, ANY_METADATA].map(({ name, label, scope, type, unit = null, group, summary }) => {
      // A value is neither better nor worse than another; the member is there as metrics have it.
      return { name, label, scope, type, unit, group, better: null, summary };
    }),
    granularities: GRANULARITIES,
    operators: OPERATORS,
  };
}
