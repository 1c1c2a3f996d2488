/** What it costs to look at every member of a body, beside reading it as JSON at all. */

import { createParser, type Parser } from "../src/protocol/collection/parse.ts";
import { fill, TEMPLATES } from "./support/bodies.ts";
import { median } from "./support/figures.ts";
import type { Figure, Question } from "./support/question.ts";

const ROUNDS = 9;
const BODIES = 2000;
const REPEATS = 10;
const LIMITS = { eventsMax: 20_000, limits: { keysMax: 512, stringBytesMax: 8192 } };
const NAMES = { start: "a start", ping: "a ping", "ping-qoe": "a ping with qoeData" } as const;
type Name = keyof typeof NAMES;

export const question: Question = {
  name: "validation",
  asks: "What does validating a body cost beside reading it as JSON?",
  takes: ["rounds"],
  async run({ rounds = ROUNDS, say }) {
    const parsers = {
      standard: createParser({ mode: "standard", ...LIMITS }),
      strict: createParser({ mode: "strict", ...LIMITS }),
    };
    const figures: Figure[] = [];
    for (const name of Object.keys(NAMES) as Name[]) {
      const ways = { json: readJson, ...waysOf(parsers, name) };
      const microseconds = Object.fromEntries(Object.keys(ways).map((way) => [way, [] as number[]]));
      const bodies = bodiesOf(name);
      for (const way of Object.values(ways)) measure(bodies, way);
      for (let round = 1; round <= rounds; round += 1) {
        for (const [way, read] of Object.entries(ways)) microseconds[way]?.push(measure(bodies, read));
        say(`${NAMES[name]}, round ${round} of ${rounds}`);
      }
      const of = (way: string) => median(microseconds[way] ?? []);
      figures.push(
        { figure: `${NAMES[name]}: bytes to JSON`, value: of("json"), unit: "us" },
        { figure: `${NAMES[name]}: validated and normalised`, value: of("standard") - of("json"), unit: "us more" },
        { figure: `${NAMES[name]}: in strict mode`, value: of("strict") - of("json"), unit: "us more" },
      );
    }
    return figures;
  },
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(utf8.decode(bytes));
}

function waysOf(parsers: Readonly<Record<"standard" | "strict", Parser>>, name: Name) {
  const wayOf = (parser: Parser) => (bytes: Uint8Array) => {
    const parsed = name === "start" ? parser.parseOpening(bytes) : parser.parseEvent(bytes);
    if (!("value" in parsed)) throw new Error(`${NAMES[name]} is refused: ${JSON.stringify(parsed.problems)}`);
    return parsed.value;
  };
  return { standard: wayOf(parsers.standard), strict: wayOf(parsers.strict) };
}

/** Each differs from the others, as requests do. */
function bodiesOf(name: Name): Uint8Array[] {
  return Array.from({ length: BODIES }, (_, n) =>
    Buffer.from(fill(TEMPLATES[name], { N: n, ITEM: n, TS: 1_700_000_000_000 + n, PLAYHEAD: n })),
  );
}

/** @returns microseconds for each body */
function measure(bodies: readonly Uint8Array[], read: (bytes: Uint8Array) => unknown): number {
  const sinceMs = performance.now();
  let count = 0;
  for (let i = 0; i < REPEATS; i += 1) for (const bytes of bodies) if (read(bytes) !== undefined) count += 1;
  if (count !== REPEATS * bodies.length) throw new Error("A body was not read");
  return ((performance.now() - sinceMs) * 1000) / count;
}
