/** deploy/Caddyfile, as Caddy itself reads it, where there is one. */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

const CADDY = Bun.which("caddy");

test.skipIf(CADDY === null)("the Caddyfile is valid, and written as Caddy writes it", () => {
  const run = (...args: string[]) => Bun.spawnSync([CADDY ?? "caddy", ...args]);
  const valid = run("validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile");
  expect(valid.stdout.toString() + valid.stderr.toString()).toContain("Valid configuration");
  expect(valid.exitCode).toBe(0);
  expect(run("fmt", "deploy/Caddyfile").stdout.toString()).toBe(readFileSync("deploy/Caddyfile", "utf8"));
});
