/** Names that a parameter of the address lists: lines that are taken away, tables that are shown whole. */

import { useMemo } from "preact/hooks";
import { change, place } from "../model/place.ts";

/** @returns the names of one chart or table, and how to add or remove one */
export function useListed(parameter: "without" | "whole", of: string): [ReadonlySet<string>, (name: string) => void] {
  const listed = place.value.params.getAll(parameter);
  const prefix = `${of}: `;
  const own = listed.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
  // The same set while it has the same names: a chart redraws for another one.
  const names = useMemo(() => new Set(own), [own.join("\n")]);
  const toggle = (name: string) => {
    const others = listed.filter((each) => each !== prefix + name);
    change({ [parameter]: names.has(name) ? others : [...others, prefix + name] }, { replace: true });
  };
  return [names, toggle];
}
