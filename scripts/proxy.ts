/**
 * Sees to it that there is an nginx for the tests of deploy/nginx.conf, as Debian has it.
 *
 * Where it can't be had those tests are skipped, and this says so: nothing else depends on it.
 */

import { findNginx } from "../test/support/nginx.ts";
import { install, mayInstall } from "./debian-package.ts";

const PACKAGES = ["nginx-light", "openssl"];

if (findNginx() === undefined) {
  try {
    if (!mayInstall()) throw new Error("this is no Debian, or not root");
    console.error("Installing nginx for the tests");
    install(...PACKAGES);
  } catch (error) {
    console.error(`SKIPPED: the tests of deploy/nginx.conf need ${PACKAGES.join(" and ")}: ${error}`);
  }
}
