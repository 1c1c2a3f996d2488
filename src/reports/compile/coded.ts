/**
 * Groups by text for counts of distinct viewers. The engine keeps each viewer beside its group, and long texts make
 * that half as dear again: in their place it groups by a hash of them.
 *
 * @see docs/decisions/0026-hashes-for-texts.md
 */

import { findDimension } from "../catalogue/dimensions.ts";
import { VIEWER } from "./metric.ts";
import { keyAt, ofSessions, type Plan } from "./plan.ts";

/** What the engine says where two texts have one hash, as they can be made to have. */
export const COLLIDES = "two texts have one hash";

/** The keys that a hash stands for; none where their groups have no viewers. */
export function codedKeys(plan: Plan): readonly string[] {
  const countsViewers = ofSessions(plan).some(({ apart }) => apart === VIEWER);
  if (!plan.isCoded || !countsViewers) return [];
  // Others are short, or take long to be read twice.
  return plan.groups.flatMap(({ name, type }, at) => {
    const isKept = name !== plan.selection.list && findDimension(name)?.column !== undefined;
    return type === "text" && isKept ? [keyAt(at)] : [];
  });
}

/**
 * Groups rows.
 *
 * @param coded those of the keys that a hash stands for
 * @param named what is found in each group, with its name
 */
export function groupsSql(
  rows: string,
  { keys, coded, named }: Readonly<Record<"keys" | "coded" | "named", readonly string[]>>,
): string {
  if (coded.length === 0) return `SELECT ${[...keys, ...named].join(", ")} FROM ${rows} GROUP BY ${keys.join(", ")}`;
  const others = keys.filter((key) => !coded.includes(key));
  const code = `hash(${coded.join(", ")})`;
  const texts = coded.map((key) => `CASE WHEN count(*) > 1 THEN error('${COLLIDES}') ELSE first(${key}) END AS ${key}`);
  return `SELECT * EXCLUDE (code)
    FROM (SELECT ${[`${code} AS code`, ...others, ...named].join(", ")}
      FROM ${rows} GROUP BY ${["code", ...others].join(", ")})
    JOIN (SELECT ${[`${code} AS code`, ...texts].join(", ")}
      FROM (SELECT ${coded.join(", ")} FROM ${rows} GROUP BY ${coded.join(", ")}) GROUP BY code) USING (code)`;
}
