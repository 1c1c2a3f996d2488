/** Which definitions gave the numbers of an answer: their versions, and what the server chose of them. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { DEFAULT_DEFINITIONS, type DefinitionChoices } from "../../sessions/definitions.ts";
import { runStatement, Values } from "./statement.ts";

export interface AnsweredDefinitions {
  /** Versions of the definitions that gave the numbers; several while an upgraded database is being recomputed. */
  readonly definitions: readonly number[];
  /** What servers chose of them, the defaults among it where they gave some; absent where they gave all. */
  readonly definitionChoices?: readonly DefinitionChoices[];
}

/** The bit of a version where a server chose something of it, behind those of versions alone. */
const CHOSEN_BITS = 25;

const BIT = `s."definitions" + CASE WHEN s."choices" IS NULL THEN 0 ELSE ${CHOSEN_BITS} END`;

/** A bit for the definitions of a session `s`, as SQL. */
export const VERSIONS_SQL = `1::BIGINT << (${BIT})`;

const DEFAULT_CHOICES: DefinitionChoices = { ...DEFAULT_DEFINITIONS, mendingOff: [] };

/**
 * Reads what the bits of sessions say.
 *
 * @param definedSql the sessions; asked for only where the server chose something
 */
export async function definitionsIn(
  connection: DuckDBConnection,
  bits: number,
  definedSql: (values: Values) => string,
): Promise<AnsweredDefinitions> {
  const set = [...bits.toString(2)].toReversed().flatMap((bit, at) => (bit === "1" ? [at] : []));
  const definitions = [...new Set(set.map((at) => at % CHOSEN_BITS))].toSorted((a, b) => a - b);
  if (set.every((at) => at < CHOSEN_BITS)) return { definitions };
  const values = new Values();
  const sql = `SELECT DISTINCT choices FROM (${definedSql(values)}) WHERE choices IS NOT NULL ORDER BY choices`;
  const rows = await runStatement(connection, values.statement(sql));
  const chosen = rows.map(([choices]) => JSON.parse(String(choices)) as DefinitionChoices);
  const isMixed = set.some((at) => at < CHOSEN_BITS);
  return { definitions, definitionChoices: isMixed ? [DEFAULT_CHOICES, ...chosen] : chosen };
}
