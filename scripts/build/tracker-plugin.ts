/** The tracker inside the one file: made now, since the binary has neither its source nor a need to build it. */

import type { BunPlugin } from "bun";
import { buildTracker } from "../../src/http/tracker-build.ts";

/** Puts the made texts in the place of the module that makes them. */
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
