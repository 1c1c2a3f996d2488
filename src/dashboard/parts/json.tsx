/** JSON to read, with what is wrong in it marked by its pointer (RFC 6901). */

import { keyOfStep, stepTo } from "../../base/json-pointer.ts";
import { Code } from "./code.tsx";

interface JsonProps {
  readonly value: unknown;
  /** Pointers of members that are marked; where one is missing, what it is missing in. */
  readonly marked?: readonly string[];
  readonly label: string;
}

interface JsonLine {
  readonly depth: number;
  readonly text: string;
  readonly isMarked: boolean;
}

const INDENT = "  ";
const LINES_MAX = 2000;

export function Json({ value, marked = [], label }: JsonProps) {
  const lines = linesOf(value, new Set(marked.map((pointer) => nearest(value, pointer))));
  return (
    <Code label={label}>
      {lines.slice(0, LINES_MAX).map(({ depth, text, isMarked }, at) => {
        const whole = `${INDENT.repeat(depth)}${text}\n`;
        return isMarked ? <mark key={at}>{whole}</mark> : whole;
      })}
      {lines.length > LINES_MAX && `… ${lines.length - LINES_MAX} more lines`}
    </Code>
  );
}

/** The lines of a value as `JSON.stringify` would break them. */
function linesOf(value: unknown, marked: ReadonlySet<string>): JsonLine[] {
  const lines: JsonLine[] = [];
  write({ value, pointer: "", depth: 0, before: "", after: "" }, marked, lines);
  return lines;
}

interface Part {
  readonly value: unknown;
  readonly pointer: string;
  readonly depth: number;
  readonly before: string;
  readonly after: string;
}

function write({ value, pointer, depth, before, after }: Part, marked: ReadonlySet<string>, lines: JsonLine[]): void {
  const isMarked = marked.has(pointer);
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length === 0) {
    lines.push({ depth, text: `${before}${JSON.stringify(value)}${after}`, isMarked });
    return;
  }
  const isList = Array.isArray(value);
  lines.push({ depth, text: `${before}${isList ? "[" : "{"}`, isMarked });
  for (const [at, [name, member]] of members.entries()) {
    const part = {
      value: member,
      pointer: `${pointer}/${stepTo(name)}`,
      depth: depth + 1,
      before: isList ? "" : `${JSON.stringify(name)}: `,
      after: at < members.length - 1 ? "," : "",
    };
    write(part, marked, lines);
  }
  lines.push({ depth, text: `${isList ? "]" : "}"}${after}`, isMarked: false });
}

/** The pointer itself, or of the nearest that there is. */
function nearest(value: unknown, pointer: string): string {
  let here = value;
  let found = "";
  for (const name of pointer.split("/").slice(1)) {
    const key = keyOfStep(name);
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return found;
    here = (here as Record<string, unknown>)[key];
    found = `${found}/${name}`;
  }
  return found;
}
