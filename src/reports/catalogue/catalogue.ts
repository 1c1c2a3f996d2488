/** What reports can be asked for, as data for the admin API, its menus and the documentation. */

import { isPersonal } from "../../protocol/personal.ts";
import { GRANULARITIES } from "../calendar.ts";
import { OPERATORS } from "../query/filter.ts";
import { DIMENSIONS, type Dimension, METADATA_PREFIX } from "./dimensions.ts";
import { labelOfDimension, labelOfMetric } from "./labels.ts";
import { AGGREGATIONS, REPORT_METRICS } from "./metrics.ts";

const ANY_METADATA: Pick<Dimension, "name" | "scope" | "type" | "summary"> = {
  name: `${METADATA_PREFIX}KEY`,
  scope: "session",
  type: "text",
  summary: "metadata of the player's own; an ad or a chapter has its own before the session's",
};

/** Every name that a report knows. @param personal whether with the keys that identify people */
export function reportCatalogue({ personal = true } = {}) {
  const dimensions = DIMENSIONS.filter(({ name }) => personal || !isPersonal(name));
  return {
    metrics: REPORT_METRICS.map(({ id, unit, summary, aggregations }) => {
      return { id, label: labelOfMetric(id), unit, summary, aggregations };
    }),
    aggregations: AGGREGATIONS,
    dimensions: [...dimensions, ANY_METADATA].map(({ name, scope, type, summary }) => {
      return { name, label: labelOfDimension(name), scope, type, summary };
    }),
    granularities: GRANULARITIES,
    operators: OPERATORS,
  };
}
