/** The admin token: made once, kept private, and never replaced silently. */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findAdminToken, keepAdminToken } from "../../src/data-dir/admin-token.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const GIVEN = "a-token-of-the-operator-of-32-characters";

describe("the admin token", () => {
  test("is made on the first start, of 256 random bits, for its owner's eyes alone", () => {
    using directory = tempDir();
    const path = join(directory.path, "admin-token");
    const umask = process.umask(0);
    try {
      const token = findAdminToken(directory.path, undefined);
      expect(existsSync(path)).toBe(false);
      keepAdminToken(token);
      expect(token).toEqual({ value: expect.any(String), source: { kind: "file", path, isNew: true } });
      expect(token.value).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(readFileSync(path, "utf8")).toBe(`${token.value}\n`);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(umask);
    }
  });

  test("is another one in another directory", () => {
    using a = tempDir();
    using b = tempDir();
    expect(findAdminToken(a.path, undefined).value).not.toBe(findAdminToken(b.path, undefined).value);
  });

  test("is kept from then on", () => {
    using directory = tempDir();
    const made = findAdminToken(directory.path, undefined);
    keepAdminToken(made);
    for (let start = 0; start < 3; start += 1) {
      expect(findAdminToken(directory.path, undefined)).toEqual({
        value: made.value,
        source: { kind: "file", path: join(directory.path, "admin-token"), isNew: false },
      });
    }
  });

  test("is the operator's own where one is given, and nothing is written then", () => {
    using directory = tempDir();
    expect(findAdminToken(directory.path, GIVEN)).toEqual({ value: GIVEN, source: { kind: "environment" } });
    expect(existsSync(join(directory.path, "admin-token"))).toBe(false);
  });

  for (const [name, text] of [
    ["empty", ""],
    ["blank", `${" ".repeat(50)}\n`],
    ["cut short", "abc\n"],
  ] as const) {
    test(`that was found ${name} is refused by its path, and left as it is`, () => {
      using directory = tempDir();
      const path = join(directory.path, "admin-token");
      writeFileSync(path, text);
      expect(() => findAdminToken(directory.path, undefined)).toThrow(
        expect.objectContaining({ code: "invalid-config" }),
      );
      expect(() => findAdminToken(directory.path, undefined)).toThrow(path);
      expect(readFileSync(path, "utf8")).toBe(text);
    });
  }
});

describe("a server's admin token", () => {
  const statusOf = async (url: string, token: string) =>
    (await fetch(`${url}/admin/api/sessions`, { headers: { Authorization: `Bearer ${token}` } })).status;

  test("is shown once, opens the admin API, and is the same after a restart", async () => {
    using directory = tempDir();
    const path = join(directory.path, "admin-token");
    let made = "";
    {
      await using first = await startProcess(directory.path);
      made = readFileSync(path, "utf8").trim();
      expect(await statusOf(first.url, made)).toBe(200);
      expect(await statusOf(first.url, `${made}x`)).toBe(401);
      first.signal("SIGTERM");
      expect(await first.exited).toBe(0);
      expect(first.stderr()).toContain(`${made}  (shown this once)`);
      expect(first.stdout()).not.toContain(made);
    }
    await using second = await startProcess(directory.path);
    expect(await statusOf(second.url, made)).toBe(200);
    second.signal("SIGTERM");
    expect(await second.exited).toBe(0);
    expect(second.stderr() + second.stdout()).not.toContain(made);
    expect(second.stderr()).toContain(path);
  });

  test("is shown by the first start that succeeds, since none before has kept one", async () => {
    using directory = tempDir();
    const path = join(directory.path, "admin-token");
    using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const settings = { DATA_DIR: directory.path, HOST: "127.0.0.1", PORT: String(taken.port) };
    for (let start = 0; start < 2; start += 1) {
      await using failing = runProcess(["serve"], { settings });
      expect(await failing.exited).toBe(1);
      expect(existsSync(path)).toBe(false);
    }
    await using server = await startProcess(directory.path);
    const made = readFileSync(path, "utf8").trim();
    expect(await statusOf(server.url, made)).toBe(200);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(server.stderr()).toContain(`${made}  (shown this once)`);
  });

  test("from the environment goes before the kept one, and is shown nowhere", async () => {
    using directory = tempDir();
    const token = findAdminToken(directory.path, undefined);
    keepAdminToken(token);
    const kept = token.value;
    await using server = await startProcess(directory.path, { settings: { ADMIN_TOKEN: GIVEN } });
    expect(await statusOf(server.url, GIVEN)).toBe(200);
    expect(await statusOf(server.url, kept)).toBe(401);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(server.stderr()).toContain("from PLAYHEAD_ADMIN_TOKEN");
    expect(server.stderr() + server.stdout()).not.toContain(GIVEN);
  });

  test("of fewer than 32 characters stops the start, and is not repeated", async () => {
    using directory = tempDir();
    const short = "s".repeat(31);
    await using server = runProcess(["serve"], {
      settings: { ADMIN_TOKEN: short, DATA_DIR: directory.path, PORT: "0" },
    });
    expect(await server.exited).toBe(2);
    expect(server.stderr()).toBe("PLAYHEAD_ADMIN_TOKEN must be at least 32 characters long\n");
  });
});
