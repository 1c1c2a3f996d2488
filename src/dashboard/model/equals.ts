/** The filter that a click on a value makes. */

import type { ColumnName } from "../api/answers.ts";

/** Stands for no value, in a filter and on a page. */
export const NOT_SET = "(not set)";

/** A filter for exactly one value; undefined where a name can't stand in a text. @param value null for none */
export function equals(name: ColumnName, value: unknown): string | undefined {
  if (!/^[^\s=!<>~]+$/.test(name)) return undefined;
  if (value === null) return `${name}==${NOT_SET}`;
  const text = String(value);
  // The value of a text is trimmed and must not have quotes around it, the values of a list are as they are.
  const isPlain = text === text.trim() && text !== "" && text !== NOT_SET && !/^(["']).*\1$/s.test(text);
  return isPlain ? `${name}==${text}` : `${name} in ${JSON.stringify([text])}`;
}
