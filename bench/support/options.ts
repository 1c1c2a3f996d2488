/** The command line of the bench: what may be asked, with which options, and why anything else is refused. */

import { parseArgs } from "node:util";

interface NumberOption {
  readonly min: number;
  readonly max: number;
  /** Absent where each question has its own. */
  readonly standard?: number;
  readonly help: string;
}

/** Options that some questions take, when they are asked alone. */
const NUMBERS = {
  rounds: { min: 1, max: 1000, help: "rounds instead of each question's own number" },
  seconds: { min: 1, max: 600, standard: 5, help: "length of one measurement" },
  events: {
    min: 1,
    max: 20_000_000,
    standard: 1_000_000,
    help: "events in the log of memory; ten times as many in those of restart and growth",
  },
  connections: { min: 1, max: 10_000, standard: 256, help: "connections of the load generator" },
  sessions: { min: 1000, max: 10_000_000, standard: 1_000_000, help: "sessions behind report and dashboard" },
} as const satisfies Record<string, NumberOption>;

export type OptionName = keyof typeof NUMBERS;

/** The same of a comparison, where they differ: its turns are short and many. */
const AGAINST_NUMBERS = {
  ...NUMBERS,
  rounds: { min: 1, max: 10_000, standard: 400, help: "most rounds of a question" },
  seconds: { min: 1, max: 40, standard: 3, help: "how long each side is measured in a round" },
  minutes: { min: 1, max: 1440, standard: 30, help: "most minutes of a question" },
} as const satisfies Record<string, NumberOption>;

const WITHIN = { min: 0.1, max: 25, standard: 1.5 } as const;

/** A question as the command line sees it. */
export interface Askable {
  readonly name: string;
  readonly asks: string;
  readonly takes: readonly OptionName[];
  /** What it takes when two commits are compared; absent where they cannot be. */
  readonly takesAgainst?: readonly OptionName[];
}

type Numbers = Readonly<Record<Exclude<OptionName, "rounds">, number>>;

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "table" }
  | ({ readonly kind: "ask"; readonly questions: readonly string[]; readonly rounds: number | undefined } & Numbers)
  | ({ readonly kind: "compare"; readonly questions: readonly string[]; readonly commit: string } & Bounds & Numbers);

/** When a comparison ends. */
export interface Bounds {
  /** Half the width of the interval that is narrow enough, in percent. */
  readonly within: number;
  readonly rounds: number;
  readonly minutes: number;
}

type Given = Readonly<Record<string, string | undefined>>;

/** @throws Error that says what is wrong with the command line, and the way out */
export function readCommand(args: readonly string[], questions: readonly Askable[]): Command {
  const { values, names } = parse(args);
  if (values["help"] !== undefined) return { kind: "help" };
  if (values["table"] !== undefined) {
    if (args.length > 1) throw refusal("write the table: --table takes nothing beside it", "leave out the rest");
    return { kind: "table" };
  }
  checkNames(names, questions);
  const commit = values["against"];
  const asked = namedOf(names, commit === undefined ? questions : comparable(names, questions));
  return commit === undefined ? readAsk(values, asked) : readCompare(values, asked, commit);
}

function readAsk(values: Given, asked: readonly Askable[]): Command {
  for (const name of ["within", "minutes"]) {
    if (values[name] === undefined) continue;
    throw refusal(`use --${name}: only a comparison ends by it`, `add --against COMMIT, or leave out --${name}`);
  }
  checkTaken(values, asked, ({ takes }) => takes);
  return {
    kind: "ask",
    questions: asked.map(({ name }) => name),
    rounds: values["rounds"] === undefined ? undefined : readNumber(values, "rounds", NUMBERS.rounds),
    seconds: readNumber(values, "seconds", NUMBERS.seconds),
    ...readOthers(values),
  };
}

function readCompare(values: Given, asked: readonly Askable[], commit: string): Command {
  checkTaken(values, asked, ({ takesAgainst = [] }) => ["rounds", ...takesAgainst]);
  return {
    kind: "compare",
    questions: asked.map(({ name }) => name),
    commit,
    within: readWithin(values["within"]),
    rounds: readNumber(values, "rounds", AGAINST_NUMBERS.rounds),
    minutes: readNumber(values, "minutes", AGAINST_NUMBERS.minutes),
    seconds: readNumber(values, "seconds", AGAINST_NUMBERS.seconds),
    ...readOthers(values),
  };
}

function readOthers(values: Given) {
  return {
    events: readNumber(values, "events", NUMBERS.events),
    connections: readNumber(values, "connections", NUMBERS.connections),
    sessions: readNumber(values, "sessions", NUMBERS.sessions),
  };
}

function parse(args: readonly string[]): { readonly values: Given; readonly names: readonly string[] } {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const numbers = Object.fromEntries(
    [...Object.keys(AGAINST_NUMBERS), "within", "against"].map((name) => [name, text]),
  );
  try {
    const options = { ...numbers, table: flag, help: flag };
    const { tokens, positionals } = parseArgs({ args: [...args], allowPositionals: true, tokens: true, options });
    const values: Record<string, string> = {};
    for (const token of tokens) {
      if (token.kind !== "option") continue;
      if (token.name in values) throw new Error(`--${token.name} is given twice`);
      values[token.name] = token.value ?? "";
    }
    return { values, names: positionals };
  } catch (error) {
    throw refusal(`read the command line: ${(error as Error).message}`, "see bun run bench --help");
  }
}

function checkNames(names: readonly string[], questions: readonly Askable[]): void {
  const unknown = names.find((name) => !questions.some((question) => question.name === name));
  if (unknown !== undefined) {
    const known = questions.map(({ name }) => name).join(", ");
    throw refusal(`ask "${unknown}": there is no such question`, `ask one of ${known}`);
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refusal(`ask ${twice}: it is named twice`, "name it once");
}

/** @throws Error when one that is named cannot be asked of two commits */
function comparable(names: readonly string[], questions: readonly Askable[]): readonly Askable[] {
  const paired = questions.filter(({ takesAgainst }) => takesAgainst !== undefined);
  const known = paired.map(({ name }) => name);
  const alone = names.find((name) => !known.includes(name));
  if (alone === undefined) return paired;
  throw refusal(
    `ask ${alone} against another commit: it has no pairs of living processes`,
    `ask one of ${known.join(", ")}, or leave out --against`,
  );
}

/** @returns all of them when none is named */
function namedOf(names: readonly string[], questions: readonly Askable[]): readonly Askable[] {
  return names.length === 0 ? questions : questions.filter(({ name }) => names.includes(name));
}

/** An option that changes nothing was meant for something else. */
function checkTaken(values: Given, asked: readonly Askable[], takes: (question: Askable) => readonly string[]): void {
  const names = Object.keys(NUMBERS).filter((name) => values[name] !== undefined);
  const useless = names.find((name) => !asked.some((question) => takes(question).includes(name)));
  if (useless === undefined) return;
  const who = asked.map(({ name }) => name).join(", ");
  throw refusal(
    `use --${useless}: ${who} ${asked.length > 1 ? "do" : "does"} not take it`,
    `leave out --${useless}, or ask a question that takes it (bun run bench --help)`,
  );
}

function readNumber(values: Given, name: string, { min, max, standard }: NumberOption): number {
  const text = values[name];
  if (text === undefined) return standard ?? Number.NaN;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw refusal(`use --${name} ${text}: it is no whole number from ${min} to ${max}`, "give one that is");
}

function readWithin(text: string | undefined): number {
  if (text === undefined) return WITHIN.standard;
  const value = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= WITHIN.min && value <= WITHIN.max) return value;
  throw refusal(`use --within ${text}: it is no percentage from ${WITHIN.min} to ${WITHIN.max}`, "give 1.5, say");
}

function refusal(what: string, wayOut: string): Error {
  return new Error(`Cannot ${what}; ${wayOut}`);
}

/** What `--help` says. */
export function helpOf(questions: readonly Askable[]): string {
  const asked = questions.map(({ name, asks, takes }) => `  ${name.padEnd(15)}${asks}${takenOf(takes)}`);
  const paired = questions.flatMap(({ name, takesAgainst }) =>
    takesAgainst ? [`  ${name.padEnd(15)}${optionsOf(takesAgainst)}`.trimEnd()] : [],
  );
  return `Usage: bun run bench [question...] [options]
       bun run bench --against COMMIT [question...] [options]

Asks each question, and prints its figures beside their targets. Without a question all are asked.

${asked.join("\n")}

${numbersOf(NUMBERS)}
  --table            asks nothing, but writes results.md's table from the last runs in results.jsonl
  --help             this text

With --against the working tree is compared with COMMIT, which is anything that git rev-parse takes: servers of both live
side by side and are loaded by turns in random order, until the 95 % interval of the ratio of their speeds is narrow
enough. The verdict is "faster", "slower", "same within ${2 * WITHIN.standard} %" or "not decided". These can be compared, with these options
beside those below:

${paired.join("\n")}

  --within PERCENT   half of the width of the interval that is narrow enough (${WITHIN.min} to ${WITHIN.max}; ${WITHIN.standard}); up to twice as
                     much is the same
${numbersOf({ rounds: AGAINST_NUMBERS.rounds, minutes: AGAINST_NUMBERS.minutes, seconds: AGAINST_NUMBERS.seconds })}

An option that no question takes which is asked is refused.

Exit code: 0 when every target is met, or the working tree is faster or the same; 1 when a target is missed, a question
fails, or the working tree is slower or it is not decided; 2 for a wrong command line.
`;
}

function takenOf(takes: readonly string[]): string {
  return takes.length === 0 ? "" : `\n${" ".repeat(17)}${optionsOf(takes)}`;
}

function optionsOf(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(" ");
}

function numbersOf(numbers: Readonly<Record<string, NumberOption>>): string {
  const rows = Object.entries(numbers).map(([name, { min, max, standard, help }]) => {
    const range = `${min} to ${max}${standard === undefined ? "" : `; ${standard}`}`;
    return `  ${`--${name} N`.padEnd(19)}${help} (${range})`;
  });
  return rows.join("\n");
}
