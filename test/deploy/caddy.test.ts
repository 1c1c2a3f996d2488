/** The Caddyfiles of deploy/, as Caddy itself reads them, where there is one. */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

const CADDY = Bun.which("caddy");

test.skipIf(CADDY === null).each(["Caddyfile", "Caddyfile-edge"])(
  "%s is valid, and written as Caddy writes it",
  (name) => {
    const run = (...args: string[]) => Bun.spawnSync([CADDY ?? "caddy", ...args]);
    const valid = run("validate", "--adapter", "caddyfile", "--config", `deploy/${name}`);
    expect(valid.stdout.toString() + valid.stderr.toString()).toContain("Valid configuration");
    expect(valid.exitCode).toBe(0);
    expect(run("fmt", `deploy/${name}`).stdout.toString()).toBe(readFileSync(`deploy/${name}`, "utf8"));
  },
);
