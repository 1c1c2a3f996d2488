/** `playhead token`: the admin token and named ones, beside a server that runs. */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startTestServer, type TestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";
import { waitFor } from "../support/wait-for.ts";

const token = (dataDir: string, ...args: string[]) => runCommand(["token", ...args, "--data-dir", dataDir]);

async function statusOf({ url }: TestServer, value: string): Promise<number> {
  return (await fetch(`${url}/admin/api/token`, { headers: { Authorization: `Bearer ${value}` } })).status;
}

describe("the admin token", () => {
  test("is shown as the directory has it", async () => {
    await using server = await startTestServer({ config: { adminToken: undefined } });
    const { code, out, err } = await token(server.dataDir);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(readFileSync(join(server.dataDir, "admin-token"), "utf8"));
    expect(await statusOf(server, out.trim())).toBe(200);
  });

  test("is renewed for the next start, for its owner's eyes alone", async () => {
    await using server = await startTestServer({ config: { adminToken: undefined } });
    const old = (await token(server.dataDir)).out.trim();
    const { code, out, err } = await token(server.dataDir, "--new");
    expect([code, err]).toEqual([0, expect.stringContaining("from its next start")]);
    expect(out.trim()).not.toBe(old);
    expect(statSync(join(server.dataDir, "admin-token")).mode & 0o777).toBe(0o600);
    expect([await statusOf(server, old), await statusOf(server, out.trim())]).toEqual([200, 401]);
    await server.restart();
    expect([await statusOf(server, old), await statusOf(server, out.trim())]).toEqual([401, 200]);
  });

  test("that the environment gives is neither shown nor renewed", async () => {
    using directory = tempDir();
    const environment = { PLAYHEAD_ADMIN_TOKEN: "a-token-of-the-operator-of-32-characters" };
    for (const args of [["token"], ["token", "--new"]]) {
      const { code, out, err } = await runCommand([...args, "--data-dir", directory.path], { environment });
      expect([code, out, err]).toEqual([2, "", expect.stringContaining("PLAYHEAD_ADMIN_TOKEN gives it")]);
    }
  });

  test("is neither shown nor made in a directory that no server has used", async () => {
    using directory = tempDir();
    const dataDir = join(directory.path, "data");
    const why = `Cannot use "${dataDir}": it holds no database; name the server's directory with --data-dir`;
    for (const args of [[], ["--new"]]) {
      const { code, out, err } = await token(dataDir, ...args);
      expect([code, out, err]).toEqual([1, "", expect.stringContaining(why)]);
      expect(existsSync(dataDir)).toBe(false);
    }
  });

  test("that is gone is a failure that says what makes one", async () => {
    await using server = await startTestServer();
    const { code, err } = await token(server.dataDir);
    expect([code, err]).toEqual([1, `Cannot show the admin token: "${server.dataDir}" has none; --new makes one\n`]);
    expect((await token(server.dataDir, "--new")).code).toBe(0);
    expect((await token(server.dataDir)).code).toBe(0);
  });
});

describe("a named token", () => {
  test("is made beside a server, which takes it at once, and lists it with its rights", async () => {
    await using server = await startTestServer();
    const made = await token(server.dataDir, "create", "sports", "--read-only", "--channel", "Sports");
    expect([made.code, made.err]).toEqual([
      0,
      'This is "sports": read-only, channel "Sports". It is never shown again.\n',
    ]);
    expect(await statusOf(server, made.out.trim())).toBe(200);
    const plain = await token(server.dataDir, "create", "all");
    expect(plain.code).toBe(0);
    let out = "";
    // The use is stored in the background.
    await waitFor(async () => {
      ({ out } = await token(server.dataDir, "list"));
      return out.includes(", used ");
    });
    const [first, second, ...rest] = out.trim().split("\n");
    expect(first).toMatch(/^all {5}created \S+h, never used {11}reads and writes$/);
    expect(second).toMatch(/^sports {2}created \S+h, used \S+h {2}read-only, channel "Sports"$/);
    expect(rest).toEqual([]);
    expect(out).not.toContain("playhead_");
  });

  test("is revoked beside a server, which refuses it at once and ends its streams", async () => {
    await using server = await startTestServer();
    const made = (await token(server.dataDir, "create", "leaked")).out.trim();
    const stream = await fetch(`${server.url}/admin/api/live/tail`, { headers: { Authorization: `Bearer ${made}` } });
    const ended = Bun.readableStreamToText(stream.body as ReadableStream<Uint8Array>);
    expect((await token(server.dataDir, "revoke", "leaked")).code).toBe(0);
    expect(await statusOf(server, made)).toBe(401);
    expect(await ended).toContain(": still here");
    const again = await token(server.dataDir, "revoke", "leaked");
    expect([again.code, again.err]).toEqual([1, 'Cannot revoke "leaked": there is no such token; list shows all\n']);
  });

  test("of a name that is taken is refused", async () => {
    await using server = await startTestServer();
    await token(server.dataDir, "create", "twice");
    const { code, out, err } = await token(server.dataDir, "create", "twice");
    expect([code, out, err]).toEqual([1, "", expect.stringContaining('"twice" exists')]);
  });
});

test.each<[string, string[], string]>([
  ["an unknown action", ["creat", "a"], "did you mean create"],
  ["a missing name", ["create"], "playhead token create NAME"],
  ["a name that no log line can have", ["create", "a b"], "its name must be"],
  ["a flag of another action", ["list", "--read-only"], "--read-only does nothing here"],
  ["a flag of making one", ["--channel", "Sports"], "--channel does nothing here"],
  ["a name for the list", ["list", "a"], "list takes no name"],
])("%s is wrong usage", async (_, args, told) => {
  using directory = tempDir();
  const { code, out, err } = await token(directory.path, ...args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(told);
});
