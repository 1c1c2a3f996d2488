/** Sessions that crawlers opened: in every report, unless a question leaves them out. */

import type { DimensionName } from "../catalogue/dimensions.ts";
import type { Filter } from "./filter.ts";

export const BOTS = ["include", "exclude", "only"] as const;

/** The word that sessions of crawlers have. */
export const CRAWLERS = { name: "viewer.bot" satisfies DimensionName, value: "crawler" } as const;

/** The filters that a choice stands for. Sessions of which nothing is known stay. */
export function botFilters(bots: (typeof BOTS)[number] = "include"): Filter[] {
  const { name, value } = CRAWLERS;
  return bots === "include" ? [] : [{ name, operator: bots === "only" ? "==" : "!=", values: [value] }];
}
