/**
 * Provides Debian's nginx for the tests of deploy/nginx.conf.
 *
 * If it can't be had, those tests are skipped, and the script says so: no other test depends on it.
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
