/** Reads Prometheus' text format strictly: broken grammar and contradictions are errors. */

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Reading[];
}

export interface Reading {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\n]|\\\\|\\n)+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/y;
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

interface OpenFamily extends Family {
  readonly name: string;
  type: string;
  readonly samples: Reading[];
}

/** Reads families by name. @throws Error naming the invalid line */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("The last line has no end");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let last: OpenFamily | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const begun = readHelp(line);
    if (begun) {
      if (families.has(begun.name)) throw new Error(`There twice: ${line}`);
      families.set(begun.name, begun);
      last = begun;
    } else if (!last) throw new Error(`Out of place: ${line}`);
    else if (line.startsWith("#")) readType(line, last);
    else last.samples.push(readSample(line, last, seen));
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family);
  return families;
}

function readHelp(line: string): OpenFamily | undefined {
  const [, name, help] = HELP.exec(line) ?? [];
  return name !== undefined && help !== undefined ? { name, help, type: "", samples: [] } : undefined;
}

function readType(line: string, family: OpenFamily): void {
  const [, name, type] = TYPE.exec(line) ?? [];
  if (type === undefined || name !== family.name || family.type !== "") throw new Error(`Out of place: ${line}`);
  family.type = type;
}

function readSample(line: string, family: OpenFamily, seen: Set<string>): Reading {
  const [, name, said = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined || !NUMBER.test(value)) throw new Error(`Not a sample: ${line}`);
  const labels = readLabels(said, line);
  const key = `${name} ${JSON.stringify(Object.entries(labels).toSorted())}`;
  if (seen.has(key) || !belongs(name, family)) throw new Error(`There twice, or out of place: ${line}`);
  seen.add(key);
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function readLabels(said: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < said.length; at = LABEL.lastIndex) {
    const [, label, text] = LABEL.exec(said) ?? [];
    if (label === undefined || text === undefined || label in labels) throw new Error(`Not labels: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return labels;
}

function belongs(sample: string, { name, type }: { readonly name: string; readonly type: string }): boolean {
  if (type !== "histogram") return sample === name;
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample);
}

/** Checks that buckets rise, and that the last is `+Inf` and equals the count. */
function checkHistogram(name: string, { samples }: Family): void {
  const series = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest));
  for (const readings of series.values()) {
    const buckets = readings.filter((each) => each.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels["le"]?.replace("Inf", "Infinity")));
    const counts = buckets.map(({ value }) => value);
    const count = readings.find((each) => each.name === `${name}_count`)?.value;
    const sum = readings.find((each) => each.name === `${name}_sum`)?.value;
    const rises = (values: readonly number[]) =>
      values.every((value, at) => at === 0 || value >= (values[at - 1] ?? 0));
    if (!rises(bounds) || !rises(counts) || bounds.at(-1) !== Number.POSITIVE_INFINITY)
      throw new Error(`${name}: buckets`);
    if (count !== counts.at(-1) || sum === undefined) throw new Error(`${name}: count or sum`);
  }
}
