/**
 * The disk of PostgreSQL is full: players hear 503 with `Retry-After`, what was acknowledged stays, and all goes on by
 * itself once there is room.
 */

import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import { IS_FULL, SEED } from "../support/effort.ts";
import { Load } from "../support/load.ts";
import { hasPostgres, type OwnPostgres, startOwnPostgres } from "../support/postgres.ts";
import { Random } from "../support/random.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./support/client.ts";
import { smallDisk } from "./support/disk.ts";
import { heldAgainst, startProxiedNodes } from "./support/proxied-nodes.ts";
import { canMake } from "./support/tools.ts";

const DISK_MIB = 160;
const BYTES_LEFT_MAX = 2 ** 20;
const CLIENTS = 20;
const TIMES = 8;
const ACKNOWLEDGED = 200;
const RECOVERY_MS_MAX = 60_000;
const TEST_MS_MAX = 180_000;
const SUPERVISED_EVERY_MS = 200;

/** Starts PostgreSQL again when it has ended, as a supervisor does: without room it may not even recover. */
function supervise(postgres: OwnPostgres): AsyncDisposable {
  let isOver = false;
  const supervising = (async () => {
    while (!isOver) {
      await Bun.sleep(SUPERVISED_EVERY_MS);
      if (!existsSync(`/proc/${postgres.pid}`)) await postgres.start().catch(() => {});
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await supervising;
    },
  };
}

const CAN_FILL = canMake("a full disk of PostgreSQL", { tools: ["mount"], root: true });

describe.if(IS_FULL && hasPostgres() && CAN_FILL)(`a full disk of PostgreSQL (seed ${SEED})`, () => {
  test(
    "is 503 for players, and all goes on when there is room",
    async () => {
      const random = new Random(SEED);
      using disk = smallDisk(DISK_MIB);
      // PostgreSQL runs as another user, who must come through.
      chmodSync(dirname(disk.path), 0o711);
      const settings = ["min_wal_size=32MB", "max_wal_size=32MB"];
      await using postgres = await startOwnPostgres({ durable: true, directory: disk.path, settings });
      await using linked = await startProxiedNodes({ count: 1, postgres });
      await using _supervisor = supervise(postgres);
      const [node] = linked.nodes;
      const client = new Client(node ?? { url: "" });
      const load = new Load(client, { clients: CLIENTS });
      for (let time = 1; time <= TIMES; time += 1) {
        await load.acknowledged(ACKNOWLEDGED);
        disk.fill(random.between(0, BYTES_LEFT_MAX));
        const refused = load.ledger.refused + CLIENTS;
        await waitFor(() => load.ledger.refused >= refused, RECOVERY_MS_MAX);
        expect((await client.ask("/healthz")).status).toBe(200);
        disk.makeRoom();
        await waitFor(async () => (await client.ask("/readyz")).status === 200, RECOVERY_MS_MAX);
        await load.acknowledged(ACKNOWLEDGED);
      }
      await load.stop();
      const held = await heldAgainst(load.ledger, linked.query);
      const codes = new Set(node?.stdout().match(/"code":"[a-z-]+"/g));
      process.stdout.write(`${TIMES} x full: ${JSON.stringify({ ...held, codes: [...codes] })}\n`);
      expect(held).toMatchObject({ lost: 0, twice: 0 });
      expect([load.unexpected, load.hopeless]).toEqual([[], 0]);
    },
    TEST_MS_MAX,
  );
});
