/** Filters: `media.channel==Sports`, `media.length>60`, `media.genre in news,sports`. Several must all match. */

import { AppError } from "../../base/errors.ts";
import { BUCKET_BOUNDS, type Dimension, findDimension, findGroup, metricIdIn } from "../catalogue/dimensions.ts";
import { findMetric } from "../catalogue/metrics.ts";
import { OPERATORS, type Operator } from "../catalogue/operators.ts";
import { unknownFilter } from "./unknown.ts";

export interface Filter {
  /** A dimension, or a metric of one session. */
  readonly name: string;
  readonly operator: Operator;
  /** One value, or for `in` one or more; `null` means no value. */
  readonly values: readonly (string | number | boolean | null)[];
}

const NOT_SET = "(not set)";
/** Characters of a name, in a text as in JSON. */
export const NAME_CHARS_MAX = 300;
export const FILTERS_MAX = 20;
/** The bounds of a filter: its text, the count of its values, and the length of each. */
export const FILTER_CHARS_MAX = 100_000;
export const VALUES_MAX = 1000;
export const VALUE_CHARS_MAX = 1024;
/** What is said of a longer name, as of one in JSON. */
export const NAME_TOO_LONG = `must not have more than ${NAME_CHARS_MAX} characters`;

const TEXT = /^\s*([^\s=!<>~]+)\s*(==|!=|=~|>|<|\sin\s)([\s\S]*)$/;
const QUOTED = /^(?:".*"|'.*')$/s;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const NUMERIC: readonly Operator[] = [">", "<"];
const TAKES_NOT_SET: readonly Operator[] = ["==", "!=", "in"];

/** Checks filters by themselves, as the list of sessions takes them. @throws AppError `invalid-query` */
export function parseFilters(filter: string | readonly unknown[] | undefined): Filter[] {
  const filters = filter === undefined ? [] : Array.isArray(filter) ? filter : [filter];
  if (filters.length > FILTERS_MAX) throw refused("at most", `${FILTERS_MAX} filters can be asked for at once`);
  return filters.map((each, at) => filterOf(each, `filter[${at}]`));
}

function filterOf(filter: unknown, at: string): Filter {
  if (typeof filter === "string") return parseFilterText(filter, at);
  const { name, operator, value, values } = filter as Filter & { value?: unknown };
  if ((value === undefined) === (values === undefined)) throw refused(at, "must have either value or values");
  return checkFilter({ name, operator, values: values ?? [value] }, at);
}

/** Reads a filter from a URL. @throws AppError `invalid-query` */
export function parseFilterText(text: string, at: string): Filter {
  const [, name = "", operator = "", rest = ""] = TEXT.exec(text) ?? [];
  if (name === "") throw refused(at, `must be NAME OPERATOR VALUE with one of ${Object.keys(OPERATORS).join(" ")}`);
  const word = operator.trim() as Operator;
  const value = rest.trim();
  // A JSON list quotes its values.
  const isJson = word === "in" && value.startsWith("[");
  const values = word === "in" ? listOf(value, at) : [value];
  if (!isJson && values.some((each) => QUOTED.test(String(each)))) {
    throw refused(
      at,
      `has quotes around its value: write ${name}${operator}VALUE without; to look for quotes use in ["…"]`,
    );
  }
  // In a JSON list only null means no value, so that the text `(not set)` can be asked for.
  const meant = isJson ? values : values.map((each) => (each === NOT_SET ? null : each));
  return checkFilter({ name, operator: word, values: meant }, at);
}

/** Converts a filter's values to the type that they are compared with. @throws AppError `invalid-query` */
export function checkFilter(
  filter: { name: string; operator: Operator; values: readonly unknown[] },
  at: string,
): Filter {
  const { name, operator, values } = filter;
  if (name.length > NAME_CHARS_MAX) throw refused(`${at}.name`, NAME_TOO_LONG);
  const dimension = findDimension(name);
  const metric = dimension ? undefined : findMetric(metricIdIn(name));
  if (!dimension && !metric) throw unknownFilter(at, name);
  if (metric?.counts) throw refused(at, "is no number of one session, and filters none");
  if (values.length < 1 || values.length > VALUES_MAX) throw refused(at, `takes 1 to ${VALUES_MAX} values`);
  if (operator !== "in" && values.length !== 1) throw refused(at, `takes one value with ${operator}`);
  if (operator === "=~" && dimension?.type !== "text")
    throw refused(at, "compares no text; =~ looks for a part of one");
  if (!TAKES_NOT_SET.includes(operator) && values.includes(null))
    throw refused(at, `must have a value to compare with; ${NOT_SET} goes with ${TAKES_NOT_SET.join(" ")}`);
  const type = typeFor(dimension, operator);
  const typedValues = values.map((value) => typed(value, type, at));
  if (!NUMERIC.includes(operator)) checkBounds(name, typedValues, at);
  return { name, operator, values: dimension?.caseless ? typedValues.map(lowered) : typedValues };
}

/** A bucket is named by where it begins. */
function checkBounds(name: string, values: Filter["values"], at: string): void {
  const { metric } = findGroup(name) ?? {};
  const bounds: readonly unknown[] = [...BUCKET_BOUNDS, null];
  if (!metric?.isBucket || values.every((value) => bounds.includes(value))) return;
  throw refused(at, `must name buckets by where they begin, ${BUCKET_BOUNDS.join(" ")}; ${metric.id}>… takes any time`);
}

/** The type to compare: metrics are numbers, and so are both sides of `>` and `<`. */
function typeFor(dimension: Dimension | undefined, operator: Operator): Dimension["type"] {
  if (!dimension || NUMERIC.includes(operator)) return "number";
  return dimension.type;
}

function typed(value: unknown, type: Dimension["type"], at: string): string | number | boolean | null {
  const text = String(value);
  if (text.length > VALUE_CHARS_MAX) throw refused(at, `has a value of more than ${VALUE_CHARS_MAX} characters`);
  if (value === null) return null;
  if (type === "text") return text;
  if (type === "number") {
    if (NUMBER.test(text)) return Number(text);
    throw refused(at, "must be compared with a number");
  }
  if (text === "true" || text === "false") return text === "true";
  throw refused(at, "must be compared with true or false");
}

function lowered(value: Filter["values"][number]): Filter["values"][number] {
  return typeof value === "string" ? value.toLowerCase() : value;
}

function listOf(text: string, at: string): unknown[] {
  if (!text.startsWith("[")) return text.split(",").map((each) => each.trim());
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((each) => each === null || typeof each !== "object")) return list;
  } catch {
    // Told below.
  }
  throw refused(at, 'must be in a,b or in ["a","b"]');
}

function refused(at: string, why: string): AppError {
  return new AppError("invalid-query", `${at} ${why}`);
}
