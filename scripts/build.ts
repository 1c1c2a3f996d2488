/**
 * Builds `dist/playhead`: one file that needs no other. `dist/playhead.cdx.json` lists what it is made of.
 *
 * `bun scripts/build.ts [FILE]`
 */

import { statSync, writeFileSync } from "node:fs";
import { MIB } from "../src/base/units.ts";
import { buildBinary } from "./build/binary.ts";
import { sbomText } from "./sbom.ts";

const OUTFILE = process.argv[2] ?? "dist/playhead";

await buildBinary(OUTFILE);
writeFileSync(`${OUTFILE}.cdx.json`, sbomText());
console.log(`${OUTFILE}: ${Math.round(statSync(OUTFILE).size / MIB)} MiB`);
