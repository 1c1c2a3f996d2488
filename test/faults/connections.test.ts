/** Very many connections, and clients that hold them by sending slowly: the others notice nothing. */

import { describe, expect, test } from "bun:test";
import { MIB } from "../../src/base/units.ts";
import { sized } from "../support/effort.ts";
import { SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { startProcess } from "../support/process.ts";
import { sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { connectionsOf, memoryOf, startCrowd } from "./support/crowd.ts";
import { sendSlowly } from "./support/slow-sender.ts";

const CROWD = sized({ full: 10_000, fast: 2000 });
/** Within the ten seconds after which an idle connection is closed. */
const ASK_EVERY_MS = 4000;
const ASKS = 3;
const COMING_MS_MAX = 60_000;
const PLAYERS = 10;
/** They measure how long answers take, for which they needn't keep the server busy. */
const PLAYER_PAUSE_MS = 20;
const ANSWER_MS_MAX = 5000;
/** The least that reports may have. */
const REPORTS_MIB = 192;
/** docs/operations.md: 250 MB, bodies under way, 2 kB for each of 16,000 sessions, and reports. */
const MEMORY_MIB_MAX = 250e6 / MIB + 64 + 32 + REPORTS_MIB;
const SLOW_SENDERS = 30;
const BYTE_MS = 2000;
const BORNE_MS_MAX = 20_000;
const SETTINGS = { CONNECTIONS_MAX: "20000", BODY_SECONDS_MAX: "8", REPORTS_MEMORY_BYTES_MAX: `${REPORTS_MIB * MIB}` };
const TEST_MS_MAX = 180_000;

const BODY = JSON.stringify(sessionStart());
const LINE = "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n";
const SLOW = [
  ["headers", LINE, `X-Slow: ${"x".repeat(100)}`],
  ["a body", `${LINE}Content-Length: ${BODY.length}\r\n\r\n`, BODY],
  ["chunks", `${LINE}Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n`, BODY],
] as const;

describe("connections", () => {
  test(
    "of players by the thousand are kept and answered in bounded memory, and those of slow senders are cut off",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path, { settings: SETTINGS });
      const clients = connectionsOf(CROWD);
      await using crowd = startCrowd(server.port, clients, ASK_EVERY_MS);
      const load = new Load(server, { clients: PLAYERS, pauseMs: PLAYER_PAUSE_MS });
      const senders = Array.from({ length: SLOW_SENDERS }, (_, at) => {
        const [, first, rest] = SLOW[at % SLOW.length] as (typeof SLOW)[number];
        return sendSlowly(server.port, first, rest, BYTE_MS);
      });
      try {
        await waitFor(() => crowd.now().answered === clients, COMING_MS_MAX);
        const cut = Promise.all(senders.map(({ borneMs }) => borneMs));
        const tooLong = Bun.sleep(BORNE_MS_MAX).then(() => undefined);
        const borneMs = await Promise.race([cut, tooLong]);
        expect(borneMs).toBeDefined();
        await waitFor(() => (crowd.now().statuses["201"] ?? 0) >= ASKS * clients, COMING_MS_MAX);
        const { connected, gone, statuses } = crowd.now();
        const borne = [Math.round(Math.min(...(borneMs ?? []))), Math.round(Math.max(...(borneMs ?? [])))];
        const slowestMs = Math.max(crowd.slowestMs(), load.slowestMs);
        const memory = memoryOf(server.pid);
        process.stdout.write(`${JSON.stringify({ connected, statuses, slowestMs, memory, borne })}\n`);
        expect([connected, gone, Object.keys(statuses)]).toEqual([clients, 0, ["201"]]);
        expect(slowestMs).toBeLessThan(ANSWER_MS_MAX);
        expect(memory.mibMax).toBeLessThan(MEMORY_MIB_MAX);
        expect(senders.filter((sender) => sender.answer().includes(" 201 "))).toEqual([]);
      } finally {
        for (const sender of senders) sender.leave();
      }
      await load.stop();
      expect([load.unexpected, load.ledger.refused]).toEqual([[], 0]);
      expect(load.ledger.lookUp(directory.path)).toMatchObject(SOUND);
    },
    TEST_MS_MAX,
  );
});
