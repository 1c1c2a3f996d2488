/** `playhead erase`: with a server or without one, and without a trace of the visitor in its output. */

import { describe, expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../src/cli/cli.ts";
import { lockDataDir } from "../../src/data-dir/lock.ts";
import { filesWith } from "../support/bytes.ts";
import { ADMIN_TOKEN, eventAt, sessionStart, startTestServer, type TestServer, tempDir } from "../support/server.ts";

const ANN = "ann's id";

interface Call {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly stopped?: Promise<void>;
}

async function erase(dataDir: string, operands: readonly string[], { environment = {}, ...call }: Call = {}) {
  let out = "";
  let err = "";
  const code = await runCli(["erase", "--data-dir", dataDir, ...operands], {
    environment,
    in: async () => call.input ?? "",
    write: async () => true,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outIsTerminal: false,
    errIsTerminal: false,
    stopped: call.stopped ?? new Promise(() => {}),
  });
  return { code, out, err };
}

/** A server with an open and a closed session of Ann's, and one of another visitor's. */
async function serverWithSessions(config: object = {}): Promise<TestServer> {
  const server = await startTestServer({ config });
  await server.open(sessionStart({ "analytics.visitorId": ANN }));
  const sid = await server.open(sessionStart({ "visitor.customerIDs": { login: { id: ANN } } }));
  await server.add(sid, eventAt(1, "ping"));
  await server.add(sid, eventAt(2, "sessionEnd"));
  await server.open();
  await server.app.work();
  return server;
}

const WITH_TOKEN = { environment: { PLAYHEAD_ADMIN_TOKEN: ADMIN_TOKEN } };

describe("playhead erase", () => {
  test("asks the server that uses the directory", async () => {
    await using server = await serverWithSessions();
    expect(await erase(server.dataDir, [ANN], WITH_TOKEN)).toEqual({ code: 0, out: "Erased 2 sessions.\n", err: "" });
    expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(1);
    expect(await erase(server.dataDir, [ANN], WITH_TOKEN)).toEqual({
      code: 0,
      out: "Nothing to erase: no session names this visitor.\n",
      err: "",
    });
  });

  test("finds the token that the server keeps in its directory", async () => {
    await using server = await serverWithSessions({ adminToken: undefined });
    expect(existsSync(join(server.dataDir, "admin-token"))).toBe(true);
    expect((await erase(server.dataDir, [ANN])).out).toBe("Erased 2 sessions.\n");
  });

  test("opens the database itself if no server uses it, and leaves no trace either", async () => {
    await using server = await serverWithSessions();
    await server.app.stop();
    expect(filesWith(server.dataDir, ANN)).not.toEqual([]);
    expect(await erase(server.dataDir, [ANN])).toEqual({ code: 0, out: "Erased 2 sessions.\n", err: "" });
    expect(filesWith(server.dataDir, ANN)).toEqual([]);
    await server.restart();
    expect((await server.admin("/admin/api/sessions?status=open")).sessions).toHaveLength(1);
    expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(1);
  });

  test("reads the id from standard input for -, without the line end", async () => {
    await using server = await serverWithSessions();
    await server.app.stop();
    expect((await erase(server.dataDir, ["-"], { input: `${ANN}x\n` })).out).toBe(
      "Nothing to erase: no session names this visitor.\n",
    );
    expect((await erase(server.dataDir, ["-"], { input: `${ANN}\r\n` })).out).toBe("Erased 2 sessions.\n");
  });

  test("exits with 1 and the reason when the server can't be asked, and erases nothing", async () => {
    await using server = await serverWithSessions();
    const address = join(server.dataDir, "address");
    const fails = async (words: string, call: Call) => {
      const { code, out, err } = await erase(server.dataDir, [ANN], call);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain(words);
      expect(err).not.toContain(ANN);
    };
    await fails("refuses the admin token", { environment: { PLAYHEAD_ADMIN_TOKEN: "w".repeat(40) } });
    await fails("set PLAYHEAD_ADMIN_TOKEN", {});
    writeFileSync(address, "http://127.0.0.1:1\n");
    await fails("does not answer", WITH_TOKEN);
    rmSync(address);
    await fails("try again later", WITH_TOKEN);
    expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(3);
  });

  test("repeats any other answer of the server", async () => {
    await using server = await serverWithSessions();
    await server.app.stop();
    using _lock = lockDataDir(server.dataDir);
    const busy = Bun.serve({ port: 0, fetch: () => Response.json({ message: "Too much" }, { status: 503 }) });
    writeFileSync(join(server.dataDir, "address"), `http://127.0.0.1:${busy.port}\n`);
    const { code, err } = await erase(server.dataDir, [ANN], WITH_TOKEN);
    expect([code, err]).toEqual([1, "Cannot ask the server of the data directory: it answered 503 Too much\n"]);
    await busy.stop(true);
  });

  test("exits with 1 when it is interrupted, and the next call finishes", async () => {
    await using server = await serverWithSessions();
    await server.app.stop();
    const interrupted = await erase(server.dataDir, [ANN], { stopped: Promise.resolve() });
    expect(interrupted).toMatchObject({ code: 1, out: "", err: expect.stringContaining("erase again") });
    expect((await erase(server.dataDir, [ANN])).out).toBe("Erased 2 sessions.\n");
  });

  test("takes the visitor as a flag too", async () => {
    await using server = await serverWithSessions();
    await server.app.stop();
    expect((await erase(server.dataDir, ["--visitor", `${ANN}x`])).out).toBe(
      "Nothing to erase: no session names this visitor.\n",
    );
    expect((await erase(server.dataDir, ["--visitor", "-"], { input: `${ANN}\n` })).out).toBe("Erased 2 sessions.\n");
  });

  for (const isServed of [true, false]) {
    test(`erases one session ${isServed ? "through the server" : "without a server"}, and no other`, async () => {
      await using server = await serverWithSessions();
      const sid = await server.open(sessionStart({ "analytics.visitorId": ANN, "media.name": "a-ruined-session" }));
      if (!isServed) await server.app.stop();
      const call = isServed ? WITH_TOKEN : {};
      const once = await erase(server.dataDir, ["--session", sid.toUpperCase()], call);
      expect(once).toEqual({ code: 0, out: "Erased 1 session.\n", err: "" });
      expect(filesWith(server.dataDir, "a-ruined-session")).toEqual([]);
      expect(filesWith(server.dataDir, sid)).toEqual([]);
      const again = await erase(server.dataDir, ["--session", sid], call);
      expect(again).toEqual({ code: 0, out: "Nothing to erase: no session has this id.\n", err: "" });
      if (!isServed) await server.restart();
      expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(3);
    });
  }

  test("exits with 2 for a malformed sid or for two targets, and erases nothing", async () => {
    await using server = await serverWithSessions();
    const sid = await server.open(sessionStart());
    for (const [operands, words] of [
      [["--session", "x"], "a session's id has 64 digits and letters from a to f"],
      [["--session", ANN], "a session's id has 64 digits and letters from a to f"],
      [["--session", sid, "--visitor", ANN], "name one visitor, or one session"],
      [["--session", sid, ANN], "name one visitor, or one session"],
      [["--visitor", ANN, ANN], "name one visitor, or one session"],
    ] as const) {
      const { code, out, err } = await erase(server.dataDir, operands, WITH_TOKEN);
      expect([code, out, err]).toEqual([2, "", `Cannot erase: ${words}\n`]);
    }
    expect((await server.admin("/admin/api/sessions")).sessions).toHaveLength(4);
  });

  const calls: readonly (readonly [string, readonly string[], string])[] = [
    ["no id", [], ""],
    ["an empty id", [""], ""],
    ["an empty input", ["-"], "\n"],
    ["an id that is too long", ["x".repeat(8193)], ""],
    ["an id with NUL", ["-"], "a\0b"],
  ];
  for (const [name, operands, input] of calls) {
    test(`exits with 2 for ${name}, and opens nothing`, async () => {
      await using server = await serverWithSessions();
      await server.app.stop();
      const { code, out, err } = await erase(server.dataDir, operands, { input });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toBe(
        "Cannot erase: a visitor's id has 1 to 8192 bytes; give one, or - to read it from standard input\n",
      );
    });
  }

  test("makes no database in an empty directory", async () => {
    using empty = tempDir();
    const { code, err } = await erase(empty.path, [ANN]);
    expect([code, err]).toEqual([
      1,
      `Cannot use "${empty.path}": it holds no database; name the server's directory with --data-dir, or start a server on it first\n`,
    ]);
    expect(existsSync(join(empty.path, "playhead.db"))).toBe(false);
  });
});
