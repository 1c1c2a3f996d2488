/** Secrets that must not appear in logs, pages, metrics, files or argument lists: the token and clients' addresses. */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createContract } from "../support/contract.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";

/** An address of the range for documentation, which no machine has. */
const CLIENT = "203.0.113.77";
const WRONG_TOKEN = "a-wrong-token-that-must-not-appear-again";

/** Every file under a directory, as bytes. */
function filesOf(directory: string): Buffer[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path));
}

describe("after a run in which everything was asked for", () => {
  test("neither a token nor a client's address appears anywhere", async () => {
    using directory = tempDir();
    const settings = {
      ADMIN_TOKEN,
      LOG_LEVEL: "debug",
      TRUSTED_PROXIES: "127.0.0.1",
      CLIENT_EVENTS_PER_SECOND: "100",
      SIGN_IN_FAILURES_MAX: "3",
    };
    await using server = await startProcess(directory.path, { settings });
    const served: string[] = [];
    const ask = async (path: string, init: RequestInit = {}, token = ADMIN_TOKEN) => {
      const headers = { Authorization: `Bearer ${token}`, "X-Forwarded-For": CLIENT, ...init.headers };
      const response = await fetch(server.url + path, { ...init, headers });
      const isStream = response.headers.get("Content-Type") === "text/event-stream";
      const text = isStream ? "" : await response.text();
      if (isStream) await response.body?.cancel();
      served.push(JSON.stringify([...response.headers]), text);
      return { response, text };
    };

    const { response } = await ask("/api/v1/sessions", { method: "POST", body: JSON.stringify(sessionStart()) });
    const events = `${response.headers.get("Location")}/events`;
    for (const event of [eventAt(1, "play"), eventAt(2, "sessionEnd"), { nonsense: WRONG_TOKEN.length }]) {
      await ask(events, { method: "POST", body: JSON.stringify(event) });
    }
    const document = JSON.parse((await ask("/openapi.json")).text);
    for (const { path, method } of createContract(document).requests) {
      const filled = path
        .replace("{sid}", "0".repeat(64))
        .replace("{kind}", "events")
        .replace(/\{\w+\}/, "nobody");
      await ask(filled, { method: method.toUpperCase() });
    }
    for (let n = 0; n < 4; n += 1) await ask("/admin/api/sign-in", { method: "POST" }, WRONG_TOKEN);
    expect(served.length).toBeGreaterThan(60);

    const running = filesOf(directory.path);
    const command = readFileSync(`/proc/${server.pid}/cmdline`, "utf8");
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    const written = [server.stdout(), server.stderr(), command, ...served];
    const files = [...running, ...filesOf(directory.path)];
    expect(files.length).toBeGreaterThan(2);
    expect(written.join("\n")).toContain("wrong admin tokens");
    for (const secret of [ADMIN_TOKEN, WRONG_TOKEN, CLIENT]) {
      expect(written.filter((text) => text.includes(secret))).toEqual([]);
      expect(files.filter((bytes) => bytes.includes(secret)).length).toBe(0);
    }
    // The same search finds stored content, so the search works.
    expect(files.some((bytes) => bytes.includes("content-1"))).toBe(true);
  });
});

describe("a token that was made on the first start", () => {
  test("appears in its own file and the first banner alone, even after commands beside the server", async () => {
    using directory = tempDir();
    using elsewhere = tempDir();
    const server = await startProcess(directory.path, { settings: { LOG_LEVEL: "debug" } });
    await using _ = server;
    const token = readFileSync(join(directory.path, "admin-token"), "utf8").trim();
    const flags = ["--data-dir", directory.path];
    const said: string[] = [];
    for (const args of [
      ["backup", join(elsewhere.path, "copy.db")],
      ["erase", "nobody"],
      ["export", "sessions"],
    ]) {
      await using command = runProcess([...args, ...flags]);
      expect([args[0], await command.exited]).toEqual([args[0], 0]);
      said.push(command.stdout(), command.stderr());
    }
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    await using again = await startProcess(directory.path, { settings: { LOG_LEVEL: "debug" } });
    expect((await fetch(`${again.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
    again.signal("SIGTERM");
    expect(await again.exited).toBe(0);
    const written = [...said, server.stdout(), again.stdout(), again.stderr()];
    expect(written.filter((text) => text.includes(token))).toEqual([]);
    expect(server.stderr()).toContain(token);
    const files = [...filesOf(directory.path), ...filesOf(elsewhere.path)];
    expect(files.filter((bytes) => bytes.includes(token)).length).toBe(1);
  });
});
