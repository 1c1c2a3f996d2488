/**
 * Provides the operating system's tools with which test/faults makes faults.
 *
 * If one can't be had, the tests that need it are skipped, and say so.
 */

import { missingPackages } from "../test/faults/support/tools.ts";
import { install, mayInstall } from "./debian-package.ts";

const packages = missingPackages();
if (packages.length > 0 && mayInstall()) {
  console.error(`Installing ${packages.join(", ")} for the tests of faults`);
  try {
    install(...packages);
  } catch (error) {
    console.error(`Some tests of faults will be skipped: ${error}`);
  }
}
