/** Metrics of custom player states: sessions name them, so only the facts know whether there are such. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { findDimension, findGroup, metricIdIn } from "../catalogue/dimensions.ts";
import { getMetric } from "../compile/metric.ts";
import { runStatement, Values } from "../compile/statement.ts";
import { columnOf, everywhere } from "../facts/names.ts";
import type { ReportQuery } from "../query/query.ts";
import { unknownDimension, unknownFilter, unknownMetric } from "../query/unknown.ts";

/** A name that some session may have sent is a metric only if one did. @throws AppError `invalid-query` */
export async function checkStates(
  connection: DuckDBConnection,
  {
    metrics = [],
    dimensions = [],
    filters,
  }: Pick<ReportQuery, "filters"> & Partial<Pick<ReportQuery, "metrics" | "dimensions">>,
): Promise<void> {
  const asked = [
    ...metrics.flatMap(({ id, by }, at) =>
      [id, ...(by ? [by.id] : [])].map((each) => ({ id: each, unknown: () => unknownMetric(`metrics[${at}]`, each) })),
    ),
    ...dimensions.flatMap((name, at) => {
      const { metric } = findGroup(name) ?? {};
      return metric ? [{ id: metric.id, unknown: () => unknownDimension(`dimension[${at}]`, name) }] : [];
    }),
    ...filters.flatMap(({ name }, at) =>
      findDimension(name) ? [] : [{ id: metricIdIn(name), unknown: () => unknownFilter(`filter[${at}]`, name) }],
    ),
  ];
  for (const { id, unknown } of asked) {
    const state = getMetric(id).state?.name;
    if (state === undefined) continue;
    const values = new Values();
    const isIt = `${columnOf("media.state.name")} = ${values.add(state)}`;
    const sql = `SELECT 1 FROM ${everywhere("states")} WHERE ${isIt} LIMIT 1`;
    const found = await runStatement(connection, values.statement(sql));
    if (found.length === 0) throw unknown();
  }
}
