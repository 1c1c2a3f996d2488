/** Reads `params` or `qoeData`, whose keys the catalogue documents: one walk with one lookup per key. */

import type { Parameters, Scalar } from "../event.ts";
import { flag } from "../flags.ts";
import { isObject, type Json } from "../json.ts";
import { PARAMETERS, type Parameter, STATE_NAME, STATES_PER_LIST_MAX } from "../parameters.ts";
import { pointerTo } from "../problem.ts";
import { stateListOf } from "./state-lists.ts";
import { flagUnknown } from "./unknown-keys.ts";

interface RuleOptions {
  readonly isStrict: boolean;
  /** Whether the event opens a session. */
  readonly isOpening: boolean;
}

/** What is asked of a documented key's value. */
interface Rule {
  readonly row: Parameter;
  /** False where the event doesn't carry the key: `standard` keeps it all the same. */
  readonly isCarried: boolean;
  readonly isNeeded: boolean;
  readonly isNullable: boolean;
  /** Whether the schema takes a value that isn't null. */
  readonly takes: (value: unknown) => boolean;
}

const AUTH_STATES: ReadonlySet<unknown> = new Set([0, 1, 2]);

type Members = Record<string, unknown>;

/** The rules of keys on events that don't carry them. */
const MISPLACED = PARAMETERS.map((row): Rule => {
  return { row, isCarried: false, isNeeded: false, isNullable: true, takes: isScalar };
});

export class KeyedReader<T extends Parameters> {
  readonly #at: string;
  readonly #isStrict: boolean;
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #needed: readonly string[];

  /** @param at the pointer of what it reads @param rows what the event carries there */
  constructor(at: string, rows: readonly Parameter[], options: RuleOptions) {
    this.#at = at;
    this.#isStrict = options.isStrict;
    const carried = rows.map((row) => ruleOf(row, options));
    const all = options.isStrict ? carried : [...MISPLACED, ...carried];
    this.#rules = new Map(all.map((rule) => [rule.row.key, rule]));
    this.#needed = carried.filter(({ isNeeded }) => isNeeded).map(({ row }) => row.key);
  }

  /**
   * Reads an object.
   *
   * @returns it without its nulls, a copy where it changes; undefined when nothing is left; the pointer of the first
   *   key that is refused
   */
  read(value: unknown, flags: string[]): T | string | undefined {
    if (value === undefined || value === null) return this.#needed.length > 0 ? this.#at : undefined;
    if (!isObject(value)) return this.#at;
    const reading: Reading = { value, flags, kept: 0, needed: 0, unknown: [], changed: undefined };
    for (const key in value) if (!this.#take(key, value[key], reading)) return pointerTo(this.#at, key);
    if (reading.needed < this.#needed.length) {
      return pointerTo(this.#at, this.#needed.find((key) => value[key] === undefined) as string);
    }
    if (reading.unknown.length > 0) flagUnknown(reading.unknown, flags);
    return reading.kept === 0 ? undefined : ((reading.changed ?? value) as T);
  }

  #take(key: string, given: unknown, reading: Reading): boolean {
    const rule = this.#rules.get(key);
    if (!rule) return !this.#isStrict && takeUnknown(key, given, reading);
    if (given === null ? !rule.isNullable : !rule.takes(given)) return false;
    if (rule.isNeeded) reading.needed += 1;
    if (given === null) {
      if (rule.row.unknownWhen && rule.row.flag) reading.flags.push(flag(rule.row.flag));
      drop(key, reading);
      return true;
    }
    reading.kept += 1;
    const taken = takenBy(rule, given, reading.flags);
    if (taken !== given) changedIn(reading)[key] = taken;
    return true;
  }
}

/** How far an object has been read. */
interface Reading {
  readonly value: Json;
  readonly flags: string[];
  kept: number;
  /** Needed keys so far. */
  needed: number;
  readonly unknown: string[];
  /** A copy of the object, once something in it changes. */
  changed: Members | undefined;
}

function changedIn(reading: Reading): Members {
  reading.changed ??= { ...reading.value };
  return reading.changed;
}

function drop(key: string, reading: Reading): void {
  delete changedIn(reading)[key];
}

function takeUnknown(key: string, given: unknown, reading: Reading): boolean {
  if (given === null) {
    drop(key, reading);
    return true;
  }
  reading.kept += 1;
  reading.unknown.push(key);
  return isScalar(given);
}

/** What is kept of a value, with a flag where it is odd. */
function takenBy({ row, isCarried }: Rule, given: unknown, flags: string[]): unknown {
  let value = given;
  if (row.type === "string" && typeof given !== "string") {
    value = String(given);
    flags.push(flag("not-string", row.key));
  }
  if (!isCarried) flags.push(flag("misplaced-parameter", row.key));
  else if (row.type === "array") return stateListOf(value, flags);
  else if (row.type === "integer" && !Number.isInteger(value)) flags.push(flag("not-integer", row.key));
  else if (row.flag && (row.unknownWhen?.(value) || row.pattern?.test(value as string) === false))
    flags.push(flag(row.flag));
  return value;
}

function ruleOf(row: Parameter, options: RuleOptions): Rule {
  const { isStrict, isOpening } = options;
  const isNeeded = (isStrict || isOpening) && row.required === true;
  // An endless stream's length is null.
  const isNullable = !isNeeded || (row.unknownWhen !== undefined && !isStrict);
  return { row, isCarried: true, isNeeded, isNullable, takes: typeTest(row, options) };
}

function typeTest({ type, pattern }: Parameter, { isStrict, isOpening }: RuleOptions): Rule["takes"] {
  switch (type) {
    case "string":
      if (!isStrict && !isOpening) return isScalar;
      return isStrict && pattern ? (value) => isText(value) && pattern.test(value) : isText;
    case "number":
      return Number.isFinite;
    case "integer":
      return isStrict ? Number.isInteger : Number.isFinite;
    case "boolean":
      return (value) => typeof value === "boolean";
    case "object":
      return (value) => isObject(value) && Object.values(value).every(isStrict ? isStrictCustomerId : isCustomerId);
    case "array": {
      const isState = isStrict ? isStrictState : isFlat;
      return (value) => Array.isArray(value) && value.length <= STATES_PER_LIST_MAX && value.every(isState);
    }
  }
}

function isCustomerId(value: unknown): boolean {
  return isFlat(value) && (value["id"] === undefined || isText(value["id"]));
}

function isStrictCustomerId(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { id, authState, ...others } = value;
  return isText(id) && (authState === undefined || AUTH_STATES.has(authState)) && Object.keys(others).length === 0;
}

function isStrictState(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { "media.state.name": name, ...others } = value;
  return isText(name) && STATE_NAME.test(name) && Object.keys(others).length === 0;
}

function isFlat(value: unknown): value is Readonly<Record<string, Scalar | null>> {
  return isObject(value) && Object.values(value).every(isScalarOrNull);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

export function isScalarOrNull(value: unknown): value is Scalar | null {
  return value === null || isScalar(value);
}
