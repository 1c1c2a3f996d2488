/**
 * Sees to it that there is a Chromium for the tests of what is shown in one.
 *
 * `CHROMIUM_PATH` names one; else the system's. Where there is none and this is a Debian with leave to install packages,
 * its package is installed; elsewhere it is said what to do.
 */

import { findChromium } from "../test/support/browser.ts";
import { install, mayInstall } from "./debian-package.ts";

const PACKAGES = ["chromium", "fonts-liberation"];

if (findChromium() === undefined) {
  if (!mayInstall()) {
    console.error(
      `The tests need Chromium: install it (Debian: apt-get install ${PACKAGES.join(" ")}), or name it in CHROMIUM_PATH.`,
    );
    process.exit(1);
  }
  console.error("Installing Chromium for the tests");
  install(...PACKAGES);
}
