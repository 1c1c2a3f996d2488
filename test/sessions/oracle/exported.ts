/** An export of sessions, with all their rows, as files of NDJSON: its numbers beside those of the second program. */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Difference, differencesIn, isConfirmed } from "./compare.ts";
import { type Recomputed, recompute } from "./recompute.ts";
import { ROW_KINDS, type Row } from "./rows.ts";
import { RULES, type Told } from "./told.ts";

type Line = Readonly<Record<string, unknown>>;
/** The lines of a session by kind. Only text, so that a large export fits in memory. */
type Lines = Map<string, string[]>;

export interface Compared {
  sessions: number;
  events: number;
  numbers: number;
  /** By the session's id. */
  readonly differences: Record<string, readonly Difference[]>;
}

const KINDS = ["sessions", "events", ...ROW_KINDS] as const;

/** Compares every number of `playhead export all`, and every row, with what the file of events alone gives. */
export async function compareExport(directory: string): Promise<Compared> {
  const kinds = new Map<string, Lines>();
  for (const kind of KINDS) kinds.set(kind, await linesBySession(join(directory, `${kind}.ndjson`)));
  const compared: Compared = { sessions: 0, events: 0, numbers: 0, differences: {} };
  for (const sid of kinds.get("events")?.keys() ?? []) {
    const read = (kind: string) => (kinds.get(kind)?.get(sid) ?? []).map((line): Line => JSON.parse(line));
    const told = read("events");
    const differences = differencesOf(read, told, compared);
    if (differences.length > 0) compared.differences[sid] = differences;
    compared.sessions += 1;
    compared.events += told.length;
  }
  return compared;
}

async function linesBySession(path: string): Promise<Lines> {
  const sessions: Lines = new Map();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const sid = /^\{"sid":"(\w+)"/.exec(line)?.[1];
    if (sid === undefined) throw new Error(`A line of ${path} names no session: ${line}`);
    const lines = sessions.get(sid);
    if (lines) lines.push(line);
    else sessions.set(sid, [line]);
  }
  return sessions;
}

function differencesOf(read: (kind: string) => Line[], events: readonly Line[], compared: Compared): Difference[] {
  const told = events.map(toldIn);
  const isArray = (events[0]?.["session"] as Line | undefined)?.["downloaded"] === true;
  const [session] = read("sessions");
  const recomputed = recompute(told, { isArray, off: new Set() });
  const metrics = session?.["metrics"] as Recomputed["metrics"];
  const unmended = session?.["unmended"] as Recomputed["metrics"] | null;
  compared.numbers += Object.keys(metrics).length + Object.keys(unmended ?? {}).length;
  return [
    ...differencesIn(metrics, recomputed),
    ...(unmended ? differencesIn(unmended, recompute(told, { isArray, off: new Set(RULES) })) : []),
    ...ROW_KINDS.flatMap((kind) => rowDifferences(kind, read(kind) as Row[], recomputed.rows[kind], compared)),
  ];
}

/** Reads a line of an export of events. */
function toldIn(line: Line): Told {
  const { type, ts, playhead, receivedAt, params, qoeData, customMetadata, unknownMembers } = line;
  return {
    type: String(type),
    tsMs: Number(ts),
    playheadMs: Math.round(Number(playhead) * 1000),
    receivedAtMs: Number(receivedAt),
    ...Object.fromEntries(
      Object.entries({ params, qoeData, customMetadata, unknownMembers }).filter(([, value]) => value !== null),
    ),
  };
}

function rowDifferences(kind: string, product: Row[], oracle: readonly Row[], compared: Compared): Difference[] {
  if (product.length !== oracle.length) return [{ id: kind, product: product.length, oracle: oracle.length }];
  return oracle.flatMap((row, at) => {
    // Only player states have a name, and no order.
    const said = product.find(({ ordinal, name }) => ordinal === row["ordinal"] && name === row["name"]) ?? {};
    compared.numbers += Object.keys(row).length;
    return Object.entries(row)
      .filter(([name, value]) => !isConfirmed(said[name], value))
      .map(([name, value]) => ({ id: `${kind} ${at + 1} ${name}`, product: said[name], oracle: value }));
  });
}
