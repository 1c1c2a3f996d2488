/** The SQL names of facts: of closed sessions, kept in a file, and of open ones, in memory. */

import { quoted } from "../../base/sql.ts";
import type { ParameterKey } from "../../protocol/parameters.ts";
import type { MetricId } from "../../sessions/metrics.ts";

/** The database of closed sessions' facts, and the one of open sessions'. */
export const KEPT = "kept";
export const OPEN = "open";
export type FactsPart = typeof KEPT | typeof OPEN;

/** The function that counts the different viewers in a list. */
export const VIEWERS_IN = "viewers_in";

/** The SQL name of a table. */
export function tableName(part: FactsPart, table: string): string {
  return `${quoted(part)}.main.${quoted(table)}`;
}

/** All sessions of a table, closed and open ones. */
export function everywhere(table: string): string {
  return `(SELECT * FROM ${tableName(KEPT, table)} UNION ALL SELECT * FROM ${tableName(OPEN, table)})`;
}

/** The SQL name of a key's or a metric's column. */
export function columnOf(name: ParameterKey | MetricId): string {
  return quoted(name);
}
