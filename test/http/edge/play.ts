/** Replays scenarios of Media Edge: each a list of requests with what must come back. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ValidationMode } from "../../../src/protocol/mode.ts";

export interface EdgeScenario {
  readonly name: string;
  readonly source: string;
  /** The only mode that it is for; both if absent. */
  readonly mode?: ValidationMode;
  readonly requests: readonly ScenarioRequest[];
}

export interface ScenarioRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  /** Whether `body` is the text itself. */
  readonly raw?: boolean;
  readonly expect: readonly number[];
  /** Patterns by path, such as `handle[type=…].payload[0].sessionId`. */
  readonly expectBody?: Record<string, string>;
  readonly expectNoBody?: readonly string[];
  readonly expectHeaders?: Record<string, string>;
  readonly expectRaw?: string;
  /** What of the answer later requests name as `{{name}}`. */
  readonly save?: Record<string, string>;
}

export const SCENARIOS = readFileSync(join(import.meta.dir, "scenarios.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as EdgeScenario);

/** Plays a scenario. @param base where each request goes @returns each difference in words */
export async function play(base: string | (() => string), { requests }: EdgeScenario): Promise<string[]> {
  const saved: Record<string, unknown> = {};
  const differences: string[] = [];
  const fill = (text: string) => text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => String(saved[key]));
  for (const [at, request] of requests.entries()) {
    const answer = await send(typeof base === "string" ? base : base(), request, fill);
    for (const words of differencesOf(request, answer, fill)) differences.push(`#${at} ${request.path}: ${words}`);
    for (const [key, path] of Object.entries(request.save ?? {})) saved[key] = memberAt(answer.value, path);
  }
  return differences;
}

type Answer = Awaited<ReturnType<typeof send>>;

function* differencesOf(
  { expect, expectRaw, expectBody = {}, expectNoBody = [], expectHeaders = {} }: ScenarioRequest,
  { status, headers, text, value }: Answer,
  fill: (text: string) => string,
): Generator<string> {
  if (!expect.includes(status)) yield `${status}, not ${expect.join(" or ")}: ${text.slice(0, 300)}`;
  if (expectRaw !== undefined) yield* unlike("the text", text, expectRaw);
  for (const [path, pattern] of Object.entries(expectBody)) yield* unlike(path, memberAt(value, path), fill(pattern));
  for (const path of expectNoBody) if (memberAt(value, path) !== undefined) yield `${path} is there`;
  for (const [name, pattern] of Object.entries(expectHeaders)) yield* unlike(name, headers.get(name) ?? "", pattern);
}

function* unlike(name: string, found: unknown, pattern: string): Generator<string> {
  if (!patternOf(pattern).test(textOf(found))) yield `${name} is ${textOf(found)}, not ${pattern}`;
}

async function send(base: string, request: ScenarioRequest, fill: (text: string) => string) {
  const { method, path, query = {}, headers, body, raw } = request;
  const words = new URLSearchParams(query).toString();
  const text = raw ? String(body) : JSON.stringify(body);
  const response = await fetch(`${base}${path}${words && `?${words}`}`, {
    method,
    headers,
    ...(body !== null && { body: fill(text) }),
  });
  const answered = await response.text();
  return { status: response.status, headers: response.headers, text: answered, value: jsonOf(answered) };
}

/** What a phone reads: the JSON behind the separator that it asked for. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\0/, ""));
  } catch {
    return undefined;
  }
}

/** The member at `handle[type=x].payload[0].sessionId`. */
function memberAt(value: unknown, path: string): unknown {
  let member = value;
  for (const [, name, place, key, wanted] of path.matchAll(/([A-Za-z]+)(?![^[]*\])|\[(\d+)\]|\[([a-z]+)=([^\]]+)\]/g)) {
    if (member === undefined || member === null) return undefined;
    if (name !== undefined) member = (member as Record<string, unknown>)[name];
    else if (place !== undefined) member = (member as unknown[])[Number(place)];
    else member = (member as Record<string, unknown>[]).find((each) => each[key as string] === wanted);
  }
  return member;
}

function patternOf(text: string): RegExp {
  const [, flags = "", source = text] = /^\(\?([si])\)(.*)$/s.exec(text) ?? [];
  return new RegExp(source, flags);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "absent");
}
