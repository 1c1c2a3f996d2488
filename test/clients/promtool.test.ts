/** deploy/alerts.yml and deploy/prometheus.yml by Prometheus' own tool, which Debian's package of 19 MB brings. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mayInstall } from "../../scripts/test/debian-package.ts";
import { tempDir } from "../support/temp-dir.ts";
import { describeClients, TEST_MS_MAX } from "./effort.ts";

/** Values a minute, and what fires at the end. */
const SCENES: readonly (readonly [series: string, values: string, fires: string | undefined])[] = [
  ['up{job="playhead",instance="a"}', "0x10", "PlayheadDown"],
  ['playhead_queue_events{instance="a"}', "60x10", "PlayheadQueueFilling"],
  ['playhead_queue_events{instance="a"}', "40x10", undefined],
  ['playhead_rejected_requests_total{instance="a",code="invalid-body"}', "0+60x30", "PlayheadRefusesPlayers"],
  ['playhead_rejected_requests_total{instance="a",code="invalid-body"}', "0+6x30", undefined],
  ['playhead_http_requests_total{instance="a",status="503",method="POST"}', "0+6x30", "PlayheadFails"],
  ['playhead_last_backup_timestamp_seconds{instance="a"}', "-200000x90", "PlayheadNoBackup"],
  ['playhead_damaged_sessions{instance="a"}', "1x10", "PlayheadDamagedSessions"],
];
const MINUTE = 30;
/** What goes well meanwhile: the server is up, has a recent backup, and takes 10 requests a second. */
const HEALTHY = [
  ["up", 'job="playhead",instance="a"', "1x90"],
  ["playhead_queue_events_max", 'instance="a"', "100x90"],
  ["playhead_last_backup_timestamp_seconds", 'instance="a"', "0x90"],
  ["playhead_http_requests_total", 'instance="a",status="204",method="POST"', "0+600x90"],
] as const;

describeClients("Prometheus' own tool", () => {
  let promtool = "";
  const directory = tempDir();

  beforeAll(() => {
    promtool = Bun.which("promtool") ?? unpackedPromtool(directory.path);
    for (const file of ["alerts.yml", "prometheus.yml"]) copyFileSync(join("deploy", file), join(directory.path, file));
  }, TEST_MS_MAX);

  afterAll(() => directory[Symbol.dispose]());

  function check(...args: readonly string[]): readonly [number, string] {
    const { exitCode, stdout, stderr } = Bun.spawnSync([promtool, ...args], { cwd: directory.path });
    return [exitCode, stdout.toString() + stderr.toString()];
  }

  test("takes the rules and the jobs", () => {
    expect(check("check", "rules", "alerts.yml")).toEqual([0, expect.stringContaining("SUCCESS")]);
    // The file of the token is the operator's.
    expect(check("check", "config", "--syntax-only", "prometheus.yml")).toEqual([0, expect.any(String)]);
  });

  test.each(SCENES)("finds for %s at %s: %p", (series, values, fires) => {
    const name = series.slice(0, series.indexOf("{"));
    const others = HEALTHY.filter(([each]) => each !== name || series.includes("status="));
    const scene = {
      rule_files: ["alerts.yml"],
      evaluation_interval: "1m",
      tests: [
        {
          interval: "1m",
          input_series: [
            { series, values },
            ...others.map(([each, labels, its]) => ({ series: `${each}{${labels}}`, values: its })),
          ],
          promql_expr_test: [
            {
              expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
              eval_time: `${name.includes("backup") ? 3 * MINUTE : fires === "PlayheadRefusesPlayers" ? MINUTE : 10}m`,
              exp_samples: fires === undefined ? [] : [{ labels: `{alertname="${fires}"}`, value: 1 }],
            },
          ],
        },
      ],
    };
    writeFileSync(join(directory.path, "scene.yml"), JSON.stringify(scene));
    const [exitCode, said] = check("test", "rules", "scene.yml");
    expect([exitCode, said]).toEqual([0, expect.stringContaining("SUCCESS")]);
  });
});

/** Takes the tool out of the package, whose server would otherwise be started. */
function unpackedPromtool(directory: string): string {
  if (!mayInstall()) throw new Error("Cannot check the alert rules: there is no promtool; install prometheus");
  const run = (...command: string[]) => {
    const { exitCode, stderr } = Bun.spawnSync(command, { cwd: directory });
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  };
  run("apt-get", "update", "-qq");
  run("apt-get", "download", "-qq", "prometheus");
  const archive = readdirSync(directory).find((file) => file.endsWith(".deb")) ?? "";
  run("dpkg-deb", "-x", archive, "unpacked");
  return join(directory, "unpacked/usr/bin/promtool");
}
