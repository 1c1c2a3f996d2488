/** `/metrics`: what it says after a scripted run, in Prometheus' format, to whom, and without personal data. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MINUTE_MS } from "../../src/base/units.ts";
import { MEASURES } from "../../src/monitoring/catalogue.ts";
import { exchange } from "../faults/support/wire.ts";
import { type Family, readExposition } from "../support/exposition.ts";
import { freePort } from "../support/free-port.ts";
import { ask } from "../support/postgres.ts";
import { startProcess } from "../support/process.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  ON_POSTGRES,
  sessionStart,
  startTestServer,
  type TestServer,
  tempDir,
} from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

async function textOf(server: TestServer): Promise<string> {
  const response = await fetch(`${server.url}/metrics`, { headers: ADMIN_HEADERS });
  expect([response.status, response.headers.get("Content-Type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return response.text();
}

async function metricsOf(server: TestServer): Promise<Map<string, Family>> {
  return readExposition(await textOf(server));
}

/** The value of a sample by its labels; undefined where there is none. */
function sampleOf(families: Map<string, Family>, name: string, labels: Record<string, string> = {}) {
  const family = families.get(name.replace(/_(bucket|sum|count)$/, "")) ?? families.get(name);
  const wanted = Object.entries(labels);
  return family?.samples.find(
    (each) => each.name === name && wanted.every(([key, value]) => each.labels[key] === value),
  )?.value;
}

describe("/metrics", () => {
  test("counts what was asked, stored, folded and refused", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.open();
    await server.add(sid, eventAt(1, "play"));
    await server.add(sid, eventAt(2, "adStart", { params: { "media.ad.podPosition": 1 } }));
    await server.add(sid, eventAt(3, "sessionEnd"));
    expect((await server.post("/api/v1/sessions", "{")).status).toBe(400);
    expect(await server.add("0".repeat(64), eventAt(1, "play"))).toBe(404);
    expect((await fetch(`${server.url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${server.url}/healthz`, { method: "PROPFIND" })).status).toBe(405);
    await server.app.work();
    const families = await metricsOf(server);
    const requests = (route: string, method: string, status: string) =>
      sampleOf(families, "playhead_http_requests_total", { route, method, status });
    expect(requests("/api/v1/sessions", "POST", "201")).toBe(2);
    expect(requests("/api/v1/sessions", "POST", "400")).toBe(1);
    expect(requests("/api/v1/sessions/:sid/events", "POST", "204")).toBe(3);
    expect(requests("/api/v1/sessions/:sid/events", "POST", "404")).toBe(1);
    expect(requests("none", "GET", "404")).toBe(1);
    expect(requests("/healthz", "other", "405")).toBe(1);
    expect(sampleOf(families, "playhead_http_request_duration_seconds_count", { route: "/api/v1/sessions" })).toBe(3);
    expect(sampleOf(families, "playhead_rejected_requests_total", { code: "invalid-body" })).toBe(1);
    expect(sampleOf(families, "playhead_rejected_requests_total", { code: "session-not-found" })).toBe(1);
    expect(sampleOf(families, "playhead_open_sessions")).toBe(1);
    expect(sampleOf(families, "playhead_session_closes_total", { reason: "session-end" })).toBe(1);
    expect(sampleOf(families, "playhead_session_closes_total", { reason: "limit" })).toBe(0);
    expect(sampleOf(families, "playhead_queue_events")).toBe(0);
    expect(sampleOf(families, "playhead_queue_events_max")).toBe(20_000);
    expect(sampleOf(families, "playhead_commit_writes_sum")).toBe(5);
    expect(sampleOf(families, "playhead_commit_duration_seconds_count")).toBe(
      sampleOf(families, "playhead_commit_writes_count") as number,
    );
    expect(sampleOf(families, "playhead_folded_events_total", { verdict: "counted" })).toBe(3);
    expect(sampleOf(families, "playhead_folded_events_total", { verdict: "ignored" })).toBe(1);
    if (!ON_POSTGRES) {
      expect(sampleOf(families, "playhead_database_bytes")).toBeGreaterThan(0);
      expect(sampleOf(families, "playhead_database_log_bytes")).toBeGreaterThan(0);
    }
    expect(sampleOf(families, "playhead_live_streams", { kind: "viewers" })).toBe(0);
    expect(sampleOf(families, "playhead_worker_jobs", { lane: "reports", state: "running" })).toBe(0);
    expect(sampleOf(families, "playhead_build_info", { validation: "standard" })).toBe(1);
  });

  test("counts streams while they are open, and knows the last backup", async () => {
    await using server = await startTestServer();
    expect(sampleOf(await metricsOf(server), "playhead_last_backup_timestamp_seconds")).toBeUndefined();
    const stream = await fetch(`${server.url}/admin/api/live/tail`, { headers: ADMIN_HEADERS });
    expect(sampleOf(await metricsOf(server), "playhead_live_streams", { kind: "watchers" })).toBe(1);
    await stream.body?.cancel();
    await waitFor(async () => sampleOf(await metricsOf(server), "playhead_live_streams", { kind: "watchers" }) === 0);
    if (ON_POSTGRES) return;
    await (await fetch(`${server.url}/admin/api/backup`, { headers: ADMIN_HEADERS })).bytes();
    await waitFor(async () => {
      const atS = sampleOf(await metricsOf(server), "playhead_last_backup_timestamp_seconds");
      return atS === server.clock.nowMs() / 1000;
    });
  });

  test("has every measure of the catalogue, described, and no other", async () => {
    using directory = tempDir();
    const port = freePort();
    await using server = await startProcess(directory.path, { settings: { METRICS_PORT: String(port) } });
    await fetch(`${server.url}/api/v1/sessions`, { method: "POST", body: "{" });
    const families = readExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    const later = [
      // These measure a database that nodes share.
      ...MEASURES.map(({ name }) => name).filter((name) => name.startsWith("playhead_store_")),
      "playhead_folded_events_total",
      "playhead_last_backup_timestamp_seconds",
      "playhead_report_facts_bytes",
      "playhead_unfolded_sessions",
    ];
    const system = existsSync("/proc/self/fd") ? [] : ["process_open_fds"];
    const expected = MEASURES.filter(({ name }) => ![...later, ...system].includes(name));
    expect([...families.keys()].filter((name) => !later.includes(name))).toEqual(expected.map(({ name }) => name));
    for (const { name, type, labels = [] } of expected) {
      const family = families.get(name);
      expect([name, family?.type]).toEqual([name, type]);
      for (const sample of family?.samples ?? []) {
        expect(Object.keys(sample.labels).filter((label) => label !== "le")).toEqual([...labels]);
      }
      if (type === "counter") expect(name).toEndWith("_total");
    }
    expect(sampleOf(families, "process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    expect(sampleOf(families, "process_cpu_seconds_total")).toBeGreaterThan(0);
  });

  test("gives the same number of series whatever players send", async () => {
    await using server = await startTestServer();
    const play = async (n: number) => {
      const sid = await server.open(sessionStart({ "media.id": `title-${n}`, "media.playerName": `player-${n}` }));
      await server.add(sid, eventAt(n, "play", { customMetadata: { [`key${n}`]: "x" } }));
      await fetch(`${server.url}/api/v1/sessions/${n}/events`, { method: "POST", body: "{}" });
      await fetch(`${server.url}/never/${n}?${n}`);
      await fetch(`${server.url}/api/v1/schemas/${n}`, { method: "PATCH" });
    };
    // Only labels multiply series. A measure without one may appear in between, once it is first known.
    const seriesOf = async () =>
      [...(await metricsOf(server)).values()]
        .flatMap(({ samples }) => samples)
        .filter(({ labels }) => Object.keys(labels).length > 0).length;
    await play(1);
    await seriesOf();
    const before = await seriesOf();
    for (let n = 2; n < 12; n += 1) await play(n);
    expect(await seriesOf()).toBe(before);
    expect(await textOf(server)).not.toMatch(/title-|player-|127\.0\.0\.1/);
  });
});

describe("the port of metrics", () => {
  test("needs no token, has nothing else, and is on the loopback interface unless it is told otherwise", async () => {
    const port = freePort();
    await using server = await startTestServer({ config: { metricsPort: port } });
    expect(server.app.metricsUrl).toBe(`http://127.0.0.1:${port}/metrics`);
    const at = `http://127.0.0.1:${port}`;
    const answer = await fetch(`${at}/metrics`);
    expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([200, "no-store"]);
    readExposition(await answer.text());
    for (const path of ["/", "/admin", "/admin/api/sessions", "/api/v1/schemas", "/healthz"]) {
      expect([path, (await fetch(at + path)).status]).toEqual([path, 404]);
    }
    expect((await fetch(`${at}/metrics`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  });

  test("answers where it is asked by an address or a private name: a page may point a name of its own at it", async () => {
    const port = freePort();
    await using _server = await startTestServer({ config: { metricsPort: port } });
    const statusOf = async (host: string) =>
      (await exchange(port, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).statuses[0];
    for (const host of ["127.0.0.1:9000", "[::1]:9000", "playhead", "LOCALHOST:1", "playhead.monitoring.svc:9000"]) {
      expect([host, await statusOf(host)]).toEqual([host, 200]);
    }
    for (const host of ["rebound.example.com:9000", "127.0.0.1.example.com", ""]) {
      expect([host, await statusOf(host)]).toEqual([host, 403]);
    }
  });

  test("ends with the server, and is none by default", async () => {
    const port = freePort();
    await using server = await startTestServer({ config: { metricsPort: port } });
    await server.app.stop();
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    await using plain = await startTestServer();
    expect(plain.app.metricsUrl).toBeUndefined();
  });

  test("that is taken ends the start, and lets go of the directory", async () => {
    const port = freePort();
    await using first = await startTestServer({ config: { metricsPort: port } });
    expect(first.app.metricsUrl).toBeDefined();
    await expect(startTestServer({ config: { metricsPort: port } })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}`,
    );
  });
});

describe("the reader of these tests", () => {
  const broken = [
    "a 1",
    "# HELP a x\n# TYPE a counter\nb 1\n",
    "# HELP a x\n# TYPE a counter\na{b=c} 1\n",
    '# HELP a x\n# TYPE a counter\na{b="c"} x\n',
    '# HELP a x\n# TYPE a counter\na{b="c"} 1\na{b="c"} 2\n',
    '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
  ];
  for (const text of broken) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => readExposition(text)).toThrow();
    });
  }

  test.skipIf(Bun.which("promtool") === null)("agrees with Prometheus' own, where there is one", async () => {
    await using server = await startTestServer();
    await server.open();
    const check = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: Buffer.from(await textOf(server)) });
    expect(check.stderr.toString()).toBe("");
    expect(check.exitCode).toBe(0);
  });
});

test("sessions that could not be folded are counted over a restart, until a command has mended them", async () => {
  await using server = await startTestServer();
  const change = async (sql: string) => {
    if (server.store) {
      await ask(server.store, sql);
      return;
    }
    const client = new Database(join(server.dataDir, "playhead.db"));
    client.run(sql);
    client.close();
  };
  const counted = async () => {
    server.clock.pass(MINUTE_MS);
    await server.app.work();
    return sampleOf(await metricsOf(server), "playhead_unfolded_sessions");
  };
  for (let at = 0; at < 3; at += 1) await server.add(await server.open(), eventAt(1, "sessionEnd"));
  expect(await counted()).toBe(0);
  await server.app.stop();
  await change("UPDATE events SET type = 99 WHERE session = 2");
  await change("UPDATE closes SET pending = true");
  await server.restart();
  expect(await counted()).toBe(1);
  await server.restart();
  expect(await counted()).toBe(1);
  await change("UPDATE closes SET failure = NULL");
  expect(await counted()).toBe(0);
});
