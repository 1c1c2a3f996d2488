/** Neither a server that is asked for every route nor a backup connects to another machine or resolves a name. */

import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createContract } from "../support/contract.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, reportPath } from "./support/client.ts";
import { addressesIn, outboundIn, traced, traceOf } from "./support/connections.ts";
import { canMake } from "./support/tools.ts";

const TEST_MS_MAX = 60_000;
const ADMIN = "/admin/api";

/** Asks for each documented route by each of its methods. @returns how many answers were 200 */
async function askForEverything(client: Client, sid: string): Promise<number> {
  let answered = 0;
  const document = JSON.parse(await (await client.ask("/openapi.json")).text());
  for (const { path, method } of createContract(document).requests) {
    // Erases another session than the one that is looked up afterwards.
    const asked = method === "delete" ? await client.open() : sid;
    const filled = path
      .replace("{sid}", asked)
      .replace("{kind}", "events")
      .replace("{eventType}", "ping")
      .replace(/\{\w+\}/, "nobody");
    const response = await client.ask(filled, { method: method.toUpperCase() });
    if (response.headers.get("Content-Type") === "text/event-stream") await response.body?.cancel();
    else await response.arrayBuffer();
    answered += response.ok ? 1 : 0;
  }
  return answered;
}

describe.skipIf(!canMake("seeing the addresses that a process uses", { tools: ["strace"] }))(
  "outbound connections",
  () => {
    test(
      "are never made by a server, from its start to its end",
      async () => {
        using directory = tempDir();
        const dataDir = join(directory.path, "data");
        const file = join(directory.path, "trace");
        const settings = { ADMIN_TOKEN, DEMO: "true", METRICS_PORT: "0", SESSIONS_RETENTION_DAYS: "1" };
        const server = await startProcess(dataDir, { settings, under: traced(file) });
        await using _ = server;
        const client = new Client(server);
        // Names that a careless server would look up, or fetch.
        const urls = { "media.name": "http://playhead.invalid/x", "analytics.trackingServer": "playhead.invalid" };
        const sid = await client.open(sessionStart(urls), {
          Origin: "https://playhead.invalid",
          Referer: "http://a.invalid",
        });
        for (const event of [eventAt(1, "play"), eventAt(20, "sessionEnd")])
          expect(await client.add(sid, event)).toBe(204);
        expect(await askForEverything(client, sid)).toBeGreaterThan(20);
        const report = reportPath({ metrics: "mediaStarts", dimension: "media.name", open: "exclude" });
        expect((await client.admin(report)).rows).toMatchObject([{ "media.name": urls["media.name"], mediaStarts: 1 }]);
        for (const path of [
          "/admin",
          "/admin/app.js",
          "/docs",
          "/demo",
          "/tracker.js",
          "/metrics",
          `${ADMIN}/backup`,
        ]) {
          expect([path, (await client.ask(path)).status]).toEqual([path, 200]);
        }
        for (const format of ["ndjson", "csv", "parquet"]) {
          expect(
            (await (await client.ask(`${ADMIN}/export/sessions?format=${format}`)).bytes()).length,
          ).toBeGreaterThan(0);
        }
        server.signal("SIGTERM");
        expect(await server.exited).toBe(0);
        const trace = await traceOf(file, server.pid);
        // The trace has its answers, and so would have anything else that it sends.
        expect(trace).toContain("HTTP/1.1 200 OK");
        expect(outboundIn(trace)).toEqual([]);
      },
      TEST_MS_MAX,
    );

    test("are not made by a backup on the command line", async () => {
      using directory = tempDir();
      const [dataDir, file, copy] = ["data", "trace", "copy.db"].map((name) => join(directory.path, name)) as [
        string,
        string,
        string,
      ];
      await using server = await startProcess(dataDir);
      await new Client(server).open();
      await using backup = runProcess(["backup", copy, "--data-dir", dataDir], { under: traced(file) });
      expect([await backup.exited, statSync(copy).size > 0]).toEqual([0, true]);
      expect(outboundIn(await traceOf(file, backup.pid))).toEqual([]);
    });

    test("would show: a script's, by its port", async () => {
      using directory = tempDir();
      using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      const file = join(directory.path, "trace");
      const script = `await Bun.connect({ hostname: "127.0.0.1", port: ${listener.port}, socket: { data() {} } });process.exit(0)`;
      const child = Bun.spawn([...traced(file), process.execPath, "-e", script]);
      expect(await child.exited).toBe(0);
      const trace = await traceOf(file, child.pid);
      expect(addressesIn(trace)).toContain(`127.0.0.1 ${listener.port}`);
      // The same connection to another machine.
      expect(outboundIn(trace)).toEqual([]);
      expect(outboundIn(trace.replaceAll("127.0.0.1", "192.0.2.7"))).toContain(`192.0.2.7 ${listener.port}`);
    });
  },
);

describe("a trace", () => {
  const traces: Readonly<Record<string, readonly [line: string, outbound: readonly string[]]>> = {
    "of a connection elsewhere": [
      `7 connect(7, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = -1 EINPROGRESS`,
      ["192.0.2.1 443"],
    ],
    "of one over IPv6": [
      `7 connect(7, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 0`,
      ["2001:db8::1 80"],
    ],
    "of a datagram": [
      `7 sendto(9, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(123), sin_addr=inet_addr("192.0.2.1")}, 16) = 1`,
      ["192.0.2.1 123"],
    ],
    "of a question for a name": [
      `7 connect(7, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0`,
      ["127.0.0.53 53"],
    ],
    "of one to the name service": [
      `7 connect(8, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT`,
      ["/var/run/nscd/socket"],
    ],
    "of the machine itself": [
      `7 connect(7, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0
7 connect(8, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 connect(8, {sa_family=AF_UNIX, sun_path="/run/x.sock"}, 110) = 0
7 sendto(9, "HTTP/1.1 200 OK", 15, MSG_NOSIGNAL, NULL, 0) = 15`,
      [],
    ],
  };
  for (const [name, [line, outbound]] of Object.entries(traces)) {
    test(`${name} is ${outbound.length > 0 ? "" : "not "}outbound`, () => {
      expect(outboundIn(line)).toEqual([...outbound]);
    });
  }
});
