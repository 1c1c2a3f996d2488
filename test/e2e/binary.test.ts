/** The compiled binary, alone in an empty directory: what is started, killed and started again still knows its sessions. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sbomText } from "../../scripts/sbom.ts";
import { readExposition } from "../support/exposition.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const BUILD_MS_MAX = 60_000;
const START_MS_MAX = 10_000;

const directory = tempDir();
const binary = join(directory.path, "playhead");

beforeAll(() => {
  const build = Bun.spawnSync(["bun", "scripts/build.ts", binary], { stderr: "pipe" });
  expect(build.stderr.toString().includes("error")).toBe(false);
  expect(build.exitCode).toBe(0);
}, BUILD_MS_MAX);
afterAll(() => directory[Symbol.dispose]());

/** Starts the binary in a folder; resolves with its process and URL once it answers. */
async function start(folder: string, settings: Record<string, string> = {}) {
  const environment = {
    ...{ PLAYHEAD_PORT: "0", PLAYHEAD_HOST: "127.0.0.1", PLAYHEAD_ADMIN_TOKEN: ADMIN_TOKEN },
    ...settings,
  };
  const server = Bun.spawn([binary], { cwd: folder, env: environment, stdout: "ignore", stderr: "ignore" });
  const addressFile = join(folder, "data", "address");
  const endMs = performance.now() + START_MS_MAX;
  while (performance.now() < endMs) {
    const url = existsSync(addressFile) ? readFileSync(addressFile, "utf8").trim() : undefined;
    if (
      url &&
      (await fetch(`${url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      ))
    )
      return { server, url };
    await Bun.sleep(5);
  }
  throw new Error("The binary did not become ready");
}

const post = (url: string, body: object) => fetch(url, { method: "POST", body: JSON.stringify(body) });

describe("the binary", () => {
  test("keeps a session through a kill -9, and exits 0 on SIGTERM", async () => {
    using folder = tempDir();
    const first = await start(folder.path);
    const sid = sidOf(await post(`${first.url}/api/v1/sessions`, sessionStart()));
    const eventsPath = `/api/v1/sessions/${sid}/events`;
    expect((await post(first.url + eventsPath, eventAt(1, "play"))).status).toBe(204);
    first.server.kill("SIGKILL");
    await first.server.exited;

    const second = await start(folder.path);
    const read = await fetch(`${second.url}/admin/api/sessions/${sid}`, { headers: ADMIN_HEADERS });
    const { session, events } = (await read.json()) as { session: object; events: { type: string }[] };
    expect(session).toMatchObject({ sid, status: "open" });
    expect(events.map(({ type }) => type)).toEqual(["sessionStart", "play"]);
    expect((await post(second.url + eventsPath, eventAt(2, "ping"))).status).toBe(204);
    second.server.kill("SIGTERM");
    expect(await second.server.exited).toBe(0);
  });

  test("takes no settings or code from the folder that it is started in", async () => {
    using folder = tempDir();
    await Bun.write(join(folder.path, ".env"), "PLAYHEAD_NONSENSE=1\n");
    await Bun.write(join(folder.path, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    await Bun.write(join(folder.path, "evil.ts"), 'await Bun.write("evil-was-here", "");\n');
    const { server } = await start(folder.path);
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(existsSync(join(folder.path, "evil-was-here"))).toBe(false);
  });

  test("serves its documentation, style included, without a folder to read", async () => {
    using folder = tempDir();
    const { server, url } = await start(folder.path);
    const textOf = async (path: string) => (await fetch(url + path)).text();
    expect(JSON.parse(await textOf("/openapi.json")).openapi).toStartWith("3.1");
    expect(await textOf("/docs")).toContain("</html>");
    expect(await textOf("/docs/style.css")).toContain("prefers-color-scheme: dark");
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test("brings the tracker, built, and the demo with its film", async () => {
    using folder = tempDir();
    const { server, url } = await start(folder.path, { PLAYHEAD_DEMO: "true" });
    const textOf = async (path: string) => (await fetch(url + path)).text();
    expect(await textOf("/tracker.js")).toContain("window.Playhead");
    expect(await textOf("/tracker.d.ts")).toContain("export declare function track(");
    expect(await textOf("/demo")).toContain("</html>");
    expect((await (await fetch(`${url}/demo/clip.mp4`)).bytes()).byteLength).toBeGreaterThan(100_000);
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test("brings its own column store: reports, Parquet and backups need nothing beside it", async () => {
    using folder = tempDir();
    const { server, url } = await start(folder.path);
    const sid = sidOf(
      await post(
        `${url}/api/v1/sessions`,
        sessionStart({ "media.name": "Film", "visitor.customerIDs": { crm: { id: "ann" } } }),
      ),
    );
    for (const event of [eventAt(1, "play"), eventAt(31, "ping"), eventAt(41, "sessionEnd")]) {
      expect((await post(`${url}/api/v1/sessions/${sid}/events`, event)).status).toBe(204);
    }
    const ask = async (path: string) => fetch(url + path, { headers: ADMIN_HEADERS });
    const path = "/admin/api/reports?metrics=mediaStarts,contentTimeSpent:p95&dimension=media.name&open=exclude";
    let rows: object[] | undefined;
    await waitFor(async () => {
      ({ rows } = (await (await ask(path)).json()) as { rows?: object[] });
      return rows?.length === 1;
    });
    expect(rows).toEqual([{ "media.name": "Film", mediaStarts: 1, "contentTimeSpent:p95": 40 }]);
    const { sessions } = (await (await ask("/admin/api/sessions?search=ann")).json()) as { sessions: object[] };
    expect(sessions).toMatchObject([{ sid }]);
    const magic = async (path: string) => Buffer.from(await (await ask(path)).arrayBuffer()).toString("latin1", 0, 6);
    expect(await magic("/admin/api/export/sessions?format=parquet")).toStartWith("PAR1");
    expect(await magic("/admin/api/backup")).toBe("SQLite");
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
    const run = (...args: string[]) => Bun.spawnSync([binary, ...args], { cwd: folder.path });
    expect(run("rebuild-reports").stdout.toString()).toStartWith("Rebuilt the facts of 1 session.");
    expect(run("export", "sessions", "--format", "parquet").stdout.toString("latin1", 0, 4)).toBe("PAR1");
  });

  test("is built with its bill of materials beside it", () => {
    const bill = JSON.parse(readFileSync(`${binary}.cdx.json`, "utf8"));
    expect(bill).toEqual(JSON.parse(sbomText()));
  });

  test("measures itself", async () => {
    using folder = tempDir();
    const { server, url } = await start(folder.path);
    const answer = await fetch(`${url}/metrics`, { headers: ADMIN_HEADERS });
    const families = readExposition(await answer.text());
    expect(families.get("process_resident_memory_bytes")?.samples[0]?.value).toBeGreaterThan(0);
    server.kill();
    await server.exited;
  });

  test("tells its version and its commands", () => {
    const say = (...args: string[]) => Bun.spawnSync([binary, ...args]).stdout.toString();
    expect(say("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(say("--help")).toContain("serve");
    expect(say("serve", "--help")).toContain("--idle-timeout-ms");
  });
});
