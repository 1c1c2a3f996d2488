/** A search for sessions as SQL: which it is, whose it is, or what was played. */

import { quoted } from "../../base/sql.ts";
import type { ParameterKey } from "../../protocol/parameters.ts";
import { PERSONAL_PARAMETERS } from "../../protocol/personal.ts";
import type { Values } from "./statement.ts";

/** Keys of which a part is enough. */
const TITLE_KEYS = ["media.name", "media.id"] as const satisfies readonly ParameterKey[];

/** The condition that a text finds the session `s`; none of its characters has a meaning of its own. */
export function searchSql(text: string, { hidesVisitors }: { hidesVisitors: boolean }, values: Values): string {
  const sought = values.add(text);
  const lowered = `lower(${sought})`;
  const conditions = [
    `starts_with(s."sid", ${lowered})`,
    ...(hidesVisitors ? [] : ofVisitorSql(text, sought, values)),
    ...TITLE_KEYS.map((key) => `contains(lower(s.${quoted(key)}), ${lowered})`),
  ];
  return `(${conditions.join(" OR ")})`;
}

function ofVisitorSql(text: string, sought: string, values: Values): string[] {
  const quotedSought = values.add(JSON.stringify(text));
  return PERSONAL_PARAMETERS.map(({ key, type }) => {
    const column = `s.${quoted(key)}`;
    return type === "object" ? holdsIdSql(column, sought, quotedSought) : `${column} = ${sought}`;
  });
}

/**
 * Whether one of the ids in `{"name": {"id": …}}` is the text.
 *
 * @param quotedSought the text as it stands in the column: hardly any other row need be read as JSON
 */
function holdsIdSql(column: string, sought: string, quotedSought: string): string {
  const ids = `json_extract_string(${column}, '$.*.id')`;
  return `contains(${column}, ${quotedSought}) AND list_contains(${ids}, ${sought})`;
}
