/**
 * Provides a Chromium for the tests that need one.
 *
 * `CHROMIUM_PATH` names it; the default is the system's. Without either, a Debian with leave to install packages gets
 * its package; elsewhere the script says what to do.
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
