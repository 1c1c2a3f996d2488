/** `playhead fold`: what a recorded session gives, without a server and without storing it. */

import { foldFile, METRIC_UNITS, type RecordedSession } from "../app/fold-file.ts";
import { secondsOf } from "../base/units.ts";
import { loadConfig } from "../config.ts";
import { type Command, FROM_INPUT, fileOperand, inputOf } from "./command.ts";

type RecordedEvent = RecordedSession["events"][number];

const GAP = "  ";

export const fold: Command = {
  name: "fold",
  operands: "FILE|-",
  operandsMax: 1,
  terms: [
    {
      name: "FILE",
      summary: "One session: a JSON array of events, sessionStart first, or its lines of playhead export events.",
    },
    { name: "-", summary: "The same from standard input." },
  ],
  summary: "Shows what a recorded session gives: its numbers, and the verdict of each event. Stores nothing.",
  settings: [
    "mendingOff",
    "bitrateUnit",
    "validation",
    "arrayBytesMax",
    "arrayEventsMax",
    "eventKeysMax",
    "stringBytesMax",
    "idleTimeoutMs",
    "stallTimeoutMs",
  ],
  options: [
    {
      name: "json",
      summary: "Prints JSON, as POST /admin/api/fold answers; the default where the output is no terminal.",
    },
    { name: "xdm", summary: "Prints JSON in the shape of the vendor's reports." },
  ],
  example: "playhead fold session.json",
  async run({ flags, switches, operands }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const file = fileOperand("fold", { operands });
    const source = file === FROM_INPUT ? { path: undefined, text: await inputOf(terminal) } : { path: file };
    const isText = terminal.outIsTerminal && !switches.has("json") && !switches.has("xdm");
    if (isText) {
      for (const line of describe(await foldFile(config, { ...source, format: "json" }))) terminal.out(`${line}\n`);
      return 0;
    }
    const folded = await foldFile(config, { ...source, format: switches.has("xdm") ? "xdm" : "json" });
    await terminal.write(new TextEncoder().encode(`${JSON.stringify(folded, undefined, 2)}\n`));
    return 0;
  },
};

function describe({ session, metrics, unmended, events }: RecordedSession): string[] {
  const { closeReason, downloaded, params } = session;
  const named = [params["media.name"] ?? params["media.id"], params["media.playerName"]].filter(Boolean).join(", ");
  const kind = downloaded ? "as downloaded content" : "live, by its arrivals";
  const numbers = numbersOf(metrics, unmended);
  const left = Object.keys(metrics).length - numbers.length;
  return [
    `${printable(named)}: ${events.length} events, ${kind}; closed by ${closeReason}`,
    "",
    ...tableOf([["metric", "value", "unit", unmended ? "without mending" : ""], ...numbers]),
    `and ${left} numbers that are 0 or none: --json has them`,
    "",
    ...tableOf([
      ["time", "type", "playhead", "verdict", "rule", "state", "flags"],
      ...events.map((event) => cellsOf(event, events[0]?.ts ?? 0)),
    ]),
  ];
}

/** The numbers other than 0, each with its value without mending where that differs. */
function numbersOf(metrics: RecordedSession["metrics"], unmended = metrics): string[][] {
  const some = Object.entries(metrics).filter(([, value]) => value !== null && value !== 0);
  const unmendedById = new Map(Object.entries(unmended));
  return some.map(([id, value]) => {
    const before = unmendedById.get(id) === value ? "" : String(unmendedById.get(id) ?? "none");
    return [printable(id), String(value), METRIC_UNITS.get(id) ?? "", before];
  });
}

function cellsOf(event: RecordedEvent, zeroMs: number): string[] {
  const { type, ts, playhead, verdict, rule, stateAfter, breakStateAfter, flags } = event;
  const state = breakStateAfter === null ? stateAfter : `${stateAfter}, ad ${breakStateAfter}`;
  return [secondsSince(zeroMs, ts), type, String(playhead), verdict, rule, state, printable(flags.join(" "))];
}

/** `+12.5` seconds since the start. */
function secondsSince(zeroMs: number, ts: number): string {
  const seconds = secondsOf(ts - zeroMs);
  return `${seconds < 0 ? "" : "+"}${seconds}`;
}

/** Columns as wide as their widest cell. */
function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** What players name may hold control characters, which a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "�");
}
