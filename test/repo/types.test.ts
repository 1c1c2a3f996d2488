/** A misspelt key, metric or column doesn't compile: the compiler reports each wrong line of a program. */

import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { tempDir } from "../support/temp-dir.ts";

/** A compiler's run, on a busy machine. */
const TEST_MS_MAX = 30_000;

const PROGRAM = `
import type { Labels, Report } from "SRC/dashboard/api/answers.ts";
import type { Headline } from "SRC/dashboard/parts/headlines.tsx";
import type { Parameters, QoeData } from "SRC/protocol/event.ts";
import type { DimensionName } from "SRC/reports/catalogue/dimensions.ts";
import { columnOf } from "SRC/reports/facts/names.ts";
import type { ReportRow } from "SRC/reports/run/report.ts";
import type { Metrics } from "SRC/sessions/metrics.ts";

export function read(params: Parameters, qoeData: QoeData, metrics: Metrics, row: ReportRow, { totals }: Report) {
  return [
    params["media.length"],
    params["media.lenght"], // wrong
    qoeData["media.qoe.bitrate"],
    qoeData["media.qoe.bitRate"], // wrong
    metrics["averageBitrate"],
    metrics["averageBitRate"], // wrong
    metrics["muteCount"],
    metrics["mutedCount"], // wrong
    row["timeToStart:p95"],
    row["timeToStart:p96"], // wrong
    totals["mediaStarts:previous"],
    totals["mediaStart:previous"], // wrong
  ];
}
export const columns = [
  columnOf("media.length"),
  columnOf("media.lenght"), // wrong
];
export const labels: Labels = {
  "media.name": "Title",
  "media.nam": "Title", // wrong
};
export const headline: Headline = ["mediaStarts", "Sessions"];
export const misspelt: Headline = ["mediaStart", "Sessions"]; // wrong
export const dimensions: readonly DimensionName[] = [
  "customMetadata.plan",
  "media.channel",
  "media.chanel", // wrong
];
`;

test(
  "the compiler finds a misspelt name in any layer",
  async () => {
    const root = resolve(import.meta.dir, "../..");
    using directory = tempDir();
    const program = PROGRAM.trimStart().replaceAll("SRC", join(root, "src"));
    await Bun.write(join(directory.path, "program.ts"), program);
    const config = {
      extends: join(root, "src/dashboard/tsconfig.json"),
      compilerOptions: { typeRoots: [join(root, "node_modules")] },
      include: ["program.ts"],
    };
    await Bun.write(join(directory.path, "tsconfig.json"), JSON.stringify(config));
    const tsc = [process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", directory.path];
    const told = Bun.spawnSync(tsc, { cwd: directory.path }).stdout.toString();
    const lines = [...told.matchAll(/program\.ts\((\d+),/g)].map(([, line]) => Number(line));
    const wrong = program.split("\n").flatMap((line, at) => (line.endsWith("// wrong") ? [at + 1] : []));
    expect(wrong.length).toBeGreaterThan(8);
    expect({ lines, told: lines.length === wrong.length ? "" : told }).toEqual({ lines: wrong, told: "" });
  },
  TEST_MS_MAX,
);
