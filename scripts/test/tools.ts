/**
 * Installs the system's programs that tests need, on a Debian with root: a Chromium, an nginx, a PostgreSQL, and the tools
 * of test/faults.
 *
 * Without them the run goes on, leaves out the tests that need them, and says so.
 */

import { missingPackages } from "../../test/faults/support/tools.ts";
import { findChromium, SHELL } from "../../test/support/browser.ts";
import { findNginx } from "../../test/support/nginx.ts";
import { findPostgres } from "../../test/support/postgres.ts";
import { hasPackage, install, mayInstall, update } from "./debian-package.ts";

if (mayInstall()) {
  try {
    installMissing();
  } catch (error) {
    console.error(`Cannot install programs for the tests: ${error}`);
  }
}

function installMissing(): void {
  const packages = [
    ...(findNginx() === undefined ? ["nginx-light", "openssl"] : []),
    ...(findPostgres() === undefined ? ["postgresql"] : []),
    ...missingPackages(),
  ];
  const lacksBrowser = findChromium() === undefined;
  if (packages.length > 0 || lacksBrowser) update();
  const wantsShell = !process.env["CHROMIUM_PATH"] && Bun.which(SHELL) === null;
  // Ubuntu has none.
  if (wantsShell && hasPackage(SHELL)) packages.push(SHELL, "fonts-liberation");
  else if (lacksBrowser) packages.push("chromium", "fonts-liberation");
  if (packages.length === 0) return;
  console.error(`Installing ${packages.join(", ")} for the tests`);
  install(...packages);
}
