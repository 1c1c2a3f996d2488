/** Power cuts under load: with FULL what was acknowledged is there after each, and with NORMAL it is not. */

import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SEED, sized } from "../support/effort.ts";
import { Ledger, type Lookup } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { startProcess } from "../support/process.ts";
import { Random } from "../support/random.ts";
import { cuttableDisk } from "./support/disk.ts";
import { canMake } from "./support/tools.ts";

const CUTS = sized({ full: 10, fast: 1 });
const CLIENTS = 100;
const ANSWERS = { min: 200, max: 3000 };
const DISK_MIB = 256;
const TEST_MS_MAX = 300_000;

/** Cuts the power again and again, and lets a server go on from what is left each time. @returns the last lookup */
async function cutUnderLoad(synchronous: "FULL" | "NORMAL", cuts: number, random: Random): Promise<Lookup> {
  using disk = cuttableDisk(DISK_MIB);
  const dataDir = join(disk.path, "data");
  const settings = { SYNCHRONOUS: synchronous };
  const ledger = new Ledger();
  let found: Lookup | undefined;
  mkdirSync(dataDir);
  for (let cut = 1; cut <= cuts; cut += 1) {
    {
      await using server = await startProcess(dataDir, { settings });
      const load = new Load(server, { clients: CLIENTS, ledger });
      await load.acknowledged(random.between(ANSWERS.min, ANSWERS.max));
      disk.cutPower();
      load.unplug();
      server.signal("SIGKILL");
      await server.exited;
      await load.ended;
    }
    disk.reboot();
    // Without syncs not even the directory need be there.
    mkdirSync(dataDir, { recursive: true });
    await using restarted = await startProcess(dataDir, { settings });
    found = ledger.lookUp(dataDir);
    process.stdout.write(`${synchronous}, cut ${cut}: ${JSON.stringify(found)}\n`);
    expect(found).toMatchObject({ intact: "ok", brokenLinks: 0 });
    restarted.signal("SIGTERM");
    expect(await restarted.exited).toBe(0);
  }
  if (!found) throw new Error("No power was cut");
  return found;
}

const CAN_CUT = canMake("a power cut", { tools: ["mkfs.ext4", "mount"], root: true });

describe.skipIf(!CAN_CUT)(`a power cut (seed ${SEED})`, () => {
  const random = new Random(SEED);

  test(
    `under load loses nothing that was acknowledged, cut after cut (${CUTS})`,
    async () => {
      expect((await cutUnderLoad("FULL", CUTS, random)).lost).toBe(0);
    },
    TEST_MS_MAX,
  );

  test(
    "loses what was acknowledged where commits are not synced, and leaves the database whole",
    async () => {
      const { lost } = await cutUnderLoad("NORMAL", sized({ full: 3, fast: 1 }), random);
      expect(lost).toBeGreaterThan(0);
    },
    TEST_MS_MAX,
  );
});
