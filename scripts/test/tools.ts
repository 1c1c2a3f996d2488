/**
 * Installs the system's programs that tests need, on a Debian with root: a Chromium, an nginx, a PostgreSQL, and the tools
 * of test/faults.
 *
 * Without them the run goes on, leaves out the tests that need them, and says so.
 */

import { missingPackages } from "../../test/faults/support/tools.ts";
import { findChromium } from "../../test/support/browser.ts";
import { findNginx } from "../../test/support/nginx.ts";
import { findPostgres } from "../../test/support/postgres.ts";
import { install, mayInstall } from "./debian-package.ts";

const packages = [
  ...(findChromium() === undefined ? ["chromium", "fonts-liberation"] : []),
  ...(findNginx() === undefined ? ["nginx-light", "openssl"] : []),
  ...(findPostgres() === undefined ? ["postgresql"] : []),
  ...missingPackages(),
];

if (packages.length > 0 && mayInstall()) {
  console.error(`Installing ${packages.join(", ")} for the tests`);
  try {
    install(...packages);
  } catch (error) {
    console.error(`Cannot install them: ${error}`);
  }
}
