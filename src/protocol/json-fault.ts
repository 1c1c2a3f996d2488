/** Where a text stops being JSON, and why: the engine's parser says neither line nor column. */

/** Looking further would let a spoilt body cost much more than a good one. */
const CHARS_MAX = 16 * 1024;
const WHITE = " \t\r\n";
const MARKS = "{}[],:";
const WORD = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const SPACE = " ";

type Wanted =
  | "a value"
  | "a value or ]"
  | "a key or }"
  | "a key"
  | "a colon"
  | "a comma or }"
  | "a comma or ]"
  | "the end";
type Step = Wanted | "open" | "close" | "done";

const VALUE = { "{": "open", "[": "open", string: "done", word: "done" } as const;
/** What each token does where it may come; the brackets that are open decide what follows a value. */
const STEPS: Readonly<Record<Wanted, Readonly<Record<string, Step>>>> = {
  "a value": VALUE,
  "a value or ]": { ...VALUE, "]": "close" },
  "a key": { string: "a colon" },
  "a key or }": { string: "a colon", "}": "close" },
  "a colon": { ":": "a value" },
  "a comma or }": { ",": "a key", "}": "close" },
  "a comma or ]": { ",": "a value", "]": "close" },
  "the end": {},
};

/** @returns as in `line 3, column 30: a comma before }`; undefined beyond the first 16 KiB */
export function faultIn(text: string): string | undefined {
  const open: string[] = [];
  let wanted: Wanted = "a value";
  let last = "";
  for (let at = startOf(text, 0); at < CHARS_MAX; at = startOf(text, at)) {
    const char = text[at] ?? "";
    const token = MARKS.includes(char) ? char : char === '"' ? "string" : "word";
    const end = char === "" ? undefined : endOf(token, text, at);
    const step: Step | undefined = STEPS[wanted][token];
    if (typeof end === "string" && step !== undefined) return `${placeOf(text, at)}: ${end}`;
    if (typeof end !== "number" || step === undefined) return `${placeOf(text, at)}: ${whyNot(char, wanted, last)}`;
    wanted = after(step, token, open);
    last = token;
    at = end;
  }
  return undefined;
}

/** Where a token ends; undefined where it is none, or what is wrong with it. */
function endOf(token: string, text: string, at: number): number | string | undefined {
  if (token === "string") return endOfString(text, at);
  return token === "word" ? endOfMatch(WORD, text, at) : at + 1;
}

/** @returns where a text ends, or why it is none */
function endOfString(text: string, from: number): number | string {
  for (let at: number | undefined = from + 1; at < text.length; ) {
    const char = text.charAt(at);
    if (char === '"') return at + 1;
    if (char < SPACE) return "a text with a line break, or another control character";
    at = char === "\\" ? endOfMatch(ESCAPE, text, at) : at + 1;
    if (at === undefined) return "a text with a backslash that escapes nothing";
  }
  return "a text that doesn't end";
}

function endOfMatch(form: RegExp, text: string, at: number): number | undefined {
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : undefined;
}

function after(step: Step, token: string, open: string[]): Wanted {
  if (step === "open") {
    open.push(token);
    return token === "{" ? "a key or }" : "a value or ]";
  }
  if (step !== "close" && step !== "done") return step;
  if (step === "close") open.pop();
  if (open.length === 0) return "the end";
  return open.at(-1) === "{" ? "a comma or }" : "a comma or ]";
}

function whyNot(found: string, wanted: Wanted, last: string): string {
  if (found === "") return `the body ends where ${wanted} is due`;
  if (last === "," && (found === "}" || found === "]")) return `a comma before ${found}`;
  if (found === "'") return "a text in single quotes rather than double ones";
  return wanted === "the end" ? "more after the end" : `not ${wanted}`;
}

/** Lines and columns count from 1; a column is a UTF-16 unit, as editors count it. */
function placeOf(text: string, at: number): string {
  const before = text.slice(0, at);
  return `line ${before.split("\n").length}, column ${at - before.lastIndexOf("\n")}`;
}

/** Skips white space. */
function startOf(text: string, from: number): number {
  let at = from;
  while (at < CHARS_MAX && at < text.length && WHITE.includes(text.charAt(at))) at += 1;
  return at;
}
