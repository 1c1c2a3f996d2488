/**
 * Percentiles of all sessions' times, exact, without a list of them: the engine counts how many lie in each quarter of
 * a second, and looks closer only where a percentile is. All of its threads count, where only one of them sorts.
 *
 * @see docs/decisions/0025-percentiles-of-millions.md
 */

import type { Look } from "./look.ts";
import type { Aggregate, Ranked } from "./metric.ts";

/** Values that differ in these bits alone are counted together at first. */
const BITS = 8;
const PERCENT = 100;

interface RankedAggregate extends Aggregate {
  readonly ranked: Ranked;
}

/** Whether an aggregate is found by ranks where it is of all sessions together. */
export function isRanked(aggregate: Aggregate): aggregate is RankedAggregate {
  return aggregate.ranked !== undefined;
}

/** Finds aggregates in a table of sessions; those of one value together. */
export function rankedIn(sessions: string, aggregates: readonly RankedAggregate[], prefix: string): Look {
  const looks = [...Map.groupBy(aggregates, ({ ranked }) => ranked.of)].map(([of, each], at) =>
    lookAt(sessions, of, each, `${prefix}${at}`, prefix),
  );
  return { tables: looks.flatMap(({ tables }) => tables), totals: looks.flatMap(({ totals }) => totals) };
}

function lookAt(
  sessions: string,
  of: string,
  aggregates: readonly RankedAggregate[],
  name: string,
  prefix: string,
): Look {
  const [counts, ranks, near, found] = ["vc", "vr", "vn", "vf"].map((each) => each + name);
  const values = `(SELECT ${of} AS v FROM ${sessions} WHERE ${of} IS NOT NULL)`;
  const percents = aggregates.map(({ ranked }) => ranked.percent);
  const named = aggregates.map(({ key, ranked }) => {
    return `max(value) FILTER (percent = ${ranked.percent}) AS ${prefix}${key}`;
  });
  return {
    tables: [
      // How many values there are up to the end of each part.
      `${counts} AS MATERIALIZED (SELECT part, n, sum(n) OVER (ORDER BY part) AS upto
        FROM (SELECT v >> ${BITS} AS part, count(*) AS n FROM ${values} GROUP BY part))`,
      // A percentile lies hundredths of the way from one rank to the next; ranks begin with 0.
      `${ranks} AS MATERIALIZED (SELECT percent, rank // ${PERCENT} AS low,
        (rank + ${PERCENT - 1}) // ${PERCENT} AS high, rank % ${PERCENT} AS way
        FROM (SELECT percent, (max(upto)::BIGINT - 1) * percent AS rank
          FROM ${counts}, (SELECT unnest([${percents}]) AS percent) GROUP BY percent))`,
      // The limit says to the engine, too, how few there are.
      `${near} AS MATERIALIZED (SELECT DISTINCT part, upto - n AS below FROM ${counts}, ${ranks}
        WHERE upto > low AND upto - n <= high LIMIT ${2 * percents.length})`,
      `${found} AS MATERIALIZED (SELECT v, below + sum(n) OVER (PARTITION BY part ORDER BY v) AS upto
        FROM (SELECT v, v >> ${BITS} AS part, count(*) AS n FROM ${values}
          WHERE v >> ${BITS} IN (SELECT part FROM ${near}) GROUP BY v) JOIN ${near} USING (part))`,
    ],
    totals: [
      `(SELECT ${named} FROM (SELECT percent, low + (high - low) * way / ${PERCENT} AS value FROM (SELECT percent, way,
        min(v) FILTER (upto > low)::DOUBLE AS low, min(v) FILTER (upto > high)::DOUBLE AS high
        FROM ${ranks}, ${found} GROUP BY percent, way)))`,
    ],
  };
}
