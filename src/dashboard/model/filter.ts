/** A filter as people read and choose it; in the address it is `NAME OPERATOR VALUE`, as the admin API takes it. */

import { labelOf } from "./catalogue.ts";

/** Operators in words, in the order in which they are offered. */
export const OPERATORS = {
  "==": "is",
  "!=": "is not",
  "=~": "contains",
  in: "is one of",
  ">": "is more than",
  "<": "is less than",
} as const;
export type FilterOperator = keyof typeof OPERATORS;

export interface FilterParts {
  readonly name: string;
  readonly operator: FilterOperator;
  readonly value: string;
}

const TEXT = /^([^\s=!<>~]+)\s*(==|!=|=~|>|<|\sin\s)\s*(.*)$/s;

/** The parts of a filter; undefined where it has none, as one typed into the address may. */
export function filterParts(text: string): FilterParts | undefined {
  const [, name, operator, value] = TEXT.exec(text) ?? [];
  if (name === undefined || operator === undefined || value === undefined) return undefined;
  return { name, operator: operator.trim() as FilterOperator, value };
}

export function filterText({ name, operator, value }: FilterParts): string {
  return operator === "in" ? `${name} in ${value}` : `${name}${operator}${value}`;
}

/** `Title is The Golden Witness`. */
export function filterInWords(text: string): string {
  const parts = filterParts(text);
  if (!parts) return text;
  const { name, operator, value } = parts;
  return `${labelOf(name)} ${OPERATORS[operator]} ${operator === "in" ? listInWords(value) : value}`;
}

/** The values of a JSON list, or of one with commas, for people. */
function listInWords(value: string): string {
  try {
    const list: unknown = JSON.parse(value);
    if (Array.isArray(list)) return list.map((each) => String(each)).join(", ");
  } catch {
    // It is a list with commas.
  }
  return value;
}
