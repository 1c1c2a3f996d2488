/**
 * The tracker as browsers load it, built from its source on demand.
 *
 * In the compiled binary, which has no source, another module replaces this one: it gives the texts that
 * `scripts/build/tracker-plugin.ts` made.
 */

import { join } from "node:path";

/** By name: the file in `src/tracker`, and the form that it is made in. */
const SCRIPTS: Readonly<Record<string, { readonly source: string; readonly format: "iife" | "esm" }>> = {
  "tracker.js": { source: "global.ts", format: "iife" },
  "tracker.mjs": { source: "module.ts", format: "esm" },
  "checked/tracker.js": { source: "global-checked.ts", format: "iife" },
  "checked/tracker.mjs": { source: "module-checked.ts", format: "esm" },
  "tracker/chapters.mjs": { source: "chapters.ts", format: "esm" },
  "tracker/ima.mjs": { source: "ima.ts", format: "esm" },
  "tracker/offline.mjs": { source: "offline.ts", format: "esm" },
  "tracker/player.mjs": { source: "player.ts", format: "esm" },
  "tracker/refusal.mjs": { source: "refusal.ts", format: "esm" },
  "demo/demo.js": { source: "demo/demo.ts", format: "esm" },
};

/** Makes every text by its name. @throws Error when the source can't be built */
export async function buildTracker(): Promise<Readonly<Record<string, string>>> {
  const folder = join(import.meta.dir, "../tracker");
  const texts = Object.entries(SCRIPTS).map(async ([name, { source, format }]) => {
    const entrypoints = [join(folder, source)];
    const { outputs } = await Bun.build({ entrypoints, format, minify: true, target: "browser" });
    return [name, (await outputs[0]?.text()) ?? ""] as const;
  });
  // Types need no building: the file imports nothing and contains no code.
  const types = Bun.file(join(folder, "api.ts")).text();
  return { ...Object.fromEntries(await Promise.all(texts)), "tracker.d.ts": await types };
}
