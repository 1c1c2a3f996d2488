/** How soon the compiled binary serves in a directory where nothing is yet. */

import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { MIB } from "../src/base/units.ts";
import { median } from "./support/figures.ts";
import type { Question } from "./support/question.ts";
import { startServer } from "./support/server-process.ts";

const ROUNDS = 9;
const WARM_UPS = 2;
const READY_MS_MAX = 150;
const BUILD_MS_MAX = 180_000;
const BUILD = join(import.meta.dir, "../scripts/build.ts");

export const question: Question = {
  name: "binary",
  asks: "How soon is the compiled binary ready in an empty directory, and how large is it?",
  takes: ["rounds"],
  async run({ directory, processes, rounds = ROUNDS, say }) {
    const binary = join(directory, "playhead");
    say("building");
    const build = processes.spawn([process.execPath, BUILD, binary], { lifeMsMax: BUILD_MS_MAX });
    if ((await build.exited) !== 0) throw new Error(`The build failed: ${await new Response(build.stdout).text()}`);
    const readyMs: number[] = [];
    for (let i = 0; i < WARM_UPS + rounds; i += 1) {
      const dataDir = join(directory, "data");
      const command = [binary, "serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", dataDir];
      await using server = await startServer(processes, { dataDir, command, unpinned: true });
      if (i >= WARM_UPS) readyMs.push(server.readyMs);
      await server.kill();
      rmSync(dataDir, { recursive: true });
    }
    return [
      { figure: "ready", value: median(readyMs), unit: "ms", target: { is: "<=", value: READY_MS_MAX } },
      { figure: "ready, slowest", value: Math.max(...readyMs), unit: "ms" },
      { figure: "size", value: statSync(binary).size / MIB, unit: "MiB" },
    ];
  },
};
