/**
 * Sees to it that there is a Chromium for the tests of what is shown in one.
 *
 * `CHROMIUM_PATH` names one; else the system's. Where there is none and this is a Debian with leave to install packages,
 * its package is installed; elsewhere it is said what to do.
 */

import { findChromium } from "../test/support/browser.ts";

const PACKAGES = ["chromium", "fonts-liberation"];

if (findChromium() === undefined) {
  const mayInstall = Bun.which("apt-get") !== null && process.getuid?.() === 0;
  if (!mayInstall) {
    console.error(
      `The tests need Chromium: install it (Debian: apt-get install ${PACKAGES.join(" ")}), or name it in CHROMIUM_PATH.`,
    );
    process.exit(1);
  }
  console.error("Installing Chromium for the tests");
  run("apt-get", "update", "-qq");
  run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...PACKAGES);
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, {
    stdout: "ignore",
    stderr: "pipe",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (exitCode === 0) return;
  console.error(`${command.join(" ")} ended with ${exitCode}: ${stderr.toString().slice(-2000)}`);
  process.exit(1);
}
