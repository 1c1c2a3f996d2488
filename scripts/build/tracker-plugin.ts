/** Builds the tracker into the binary, which has neither its source nor a bundler. */

import type { BunPlugin } from "bun";
import { buildTracker } from "../../src/http/tracker-build.ts";

/** Replaces the module that builds the tracker by its output. */
export async function trackerPlugin(): Promise<BunPlugin> {
  const texts = JSON.stringify(await buildTracker());
  return {
    name: "tracker",
    setup(build) {
      build.onLoad({ filter: /[\\/]http[\\/]tracker-build\.ts$/ }, () => ({
        contents: `const TEXTS = ${texts};\nexport async function buildTracker() { return TEXTS; }`,
        loader: "js",
      }));
    },
  };
}
