/** The command line: what each command says and returns. A call that can't be understood changes nothing. */

import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { runCli } from "../../src/cli/cli.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { environmentNameOf, flagOf, SETTINGS, type Setting } from "../../src/config.ts";
import { findSchema } from "../../src/protocol/collection/json-schema.ts";
import { EVENT_TYPES } from "../../src/protocol/event.ts";
import { runProcess } from "../support/process.ts";
import { sessionStart, startTestServer, tempDir } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Call {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stopped?: Promise<void>;
  readonly outIsTerminal?: boolean;
}

/** Runs a command line in this process. */
async function run(
  argv: readonly string[],
  { environment = {}, outIsTerminal = false, ...call }: Call = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await runCli(argv, {
    environment,
    out: (text) => {
      out += text;
    },
    write: () => Promise.resolve(true),
    err: (text) => {
      err += text;
    },
    outIsTerminal,
    errIsTerminal: outIsTerminal,
    stopped: call.stopped ?? Promise.resolve(),
  });
  return { code, out, err };
}

test("`playhead schema` says which event type a mistyped one meant", async () => {
  const err = "No event type has this name; did you mean adStart? `playhead schema` lists them.\n";
  expect(await run(["schema", "adstrat"])).toEqual({ code: 1, out: "", err });
});

const HELP_CHARS_MAX = 100;

describe("help", () => {
  for (const word of ["--help", "-h", "help"]) {
    test(`by ${word} names every command and what it is for`, async () => {
      const { code, out, err } = await run([word]);
      expect([code, err]).toEqual([0, ""]);
      for (const { name, summary } of COMMANDS)
        expect(unwrapped(out)).toMatch(new RegExp(`^  ${name}\\b.*${summary.slice(0, 20)}`, "m"));
      expect(out).toContain(manifest.version);
    });
  }

  for (const command of COMMANDS) {
    test(`of ${command.name} lists its flags with unit, range and default, and does no more`, async () => {
      const { code, out, err } = await run([command.name, "--help"]);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toContain(`Usage: playhead ${command.name}`);
      const settings: readonly Setting[] = SETTINGS.filter(({ key }) => command.settings.includes(key));
      expect(settings.map(({ key }) => key)).toEqual([...command.settings]);
      for (const setting of settings) {
        const line = unwrapped(out)
          .split("\n")
          .find((each) => each.includes(setting.summary));
        for (const word of wordsOf(setting)) expect(line).toContain(word);
      }
      const example = /The environment can give each setting too: PLAYHEAD_\w+ for (--[\w-]+)\.$/m.exec(out)?.[1];
      expect(out).toContain(`\n  ${example} `);
    });

    test(`of ${command.name} stands alone: its operands, its own flags alone, and an example that it takes`, async () => {
      const { out } = await run([command.name, "--help"]);
      expect((command.terms?.length ?? 0) > 0).toBe(command.operandsMax > 0);
      const own = [...(command.options ?? []).map(({ name }) => name), ...command.settings.map(flagOf), "help"];
      const flags = [...out.matchAll(/^ {2}--([\w-]+)|(?<=^Example: .*)--([\w-]+)/gm)].map(([, a, b]) => a ?? b);
      expect(flags.filter((flag) => !own.includes(flag ?? ""))).toEqual([]);
      expect(out).toContain(`\nExample: ${command.example}\n`);
      expect(command.example).toMatch(new RegExp(`(?:^|\\| )playhead ${command.name}\\b`));
      expect(out.split("\n").filter((line) => line.length > HELP_CHARS_MAX)).toEqual([]);
    });
  }

  test("lists what only the environment gives apart from the flags", async () => {
    for (const command of ["check", "erase", "serve"]) {
      const { out } = await run([command, "--help"]);
      const [flags = "", environment = ""] = out.split("\nEnvironment only, since every user");
      expect([command, flags]).toEqual([command, expect.not.stringMatching(/^ {2}PLAYHEAD_/m)]);
      expect([command, environment]).toEqual([command, expect.stringMatching(/^ {2}PLAYHEAD_STORE /m)]);
    }
  });

  test("of serve keeps the token off the command line", async () => {
    const { out } = await run(["serve", "--help"]);
    expect(out).toContain("PLAYHEAD_ADMIN_TOKEN");
    expect(out).not.toContain("--admin-token");
  });

  test("wins over everything else on the command line", async () => {
    using directory = tempDir();
    const dataDir = join(directory.path, "none");
    expect((await run(["migrate", "--data-dir", dataDir, "-h"])).code).toBe(0);
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe("--version", () => {
  for (const word of ["--version", "-v"]) {
    test(`by ${word} is package.json's`, async () => {
      expect(await run([word])).toEqual({ code: 0, out: `${manifest.version}\n`, err: "" });
    });
  }
});

describe("a call that can't be understood", () => {
  const calls: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an unknown command", ["nonsense"], /no command "nonsense".*serve, migrate.*schema/],
    ["a command in capitals", ["Serve"], /no command "Serve"/],
    ["a mistyped command", ["serv"], /no command "serv"; did you mean serve\? Commands: serve/],
    [
      "a mistyped flag",
      ["--prot", "1"],
      /^playhead serve has no flag --prot; did you mean --port\?\nplayhead serve --help/,
    ],
    ["an unknown flag", ["serve", "--nonsense"], /--nonsense[\s\S]*playhead serve --help/],
    ["an unknown flag of the default command", ["--nonsense", "1"], /--nonsense[\s\S]*playhead serve --help/],
    ["a flag of another command", ["schema", "--port", "1"], /--port[\s\S]*playhead schema --help/],
    [
      "a flag without its value",
      ["serve", "--port"],
      /^playhead serve takes --port with a value\.\nplayhead serve --help/,
    ],
    [
      "a flag where a value is due",
      ["export", "events", "--out", "--force"],
      /^playhead export takes --out with a value; one that begins with a dash as --out=-…\n/,
    ],
    ["a value for a switch", ["serve", "--demo=true"], /^playhead serve takes --demo without a value\.\n/],
    ["a mistyped --help", ["check", "--hlep"], /^playhead check has no flag --hlep; did you mean --help\?\n/],
    ["a flag with a bad value", ["serve", "--port", "65536"], /^--port must be an integer from 0 to 65535/],
    ["a fold of no file", ["fold"], /^Cannot fold: no file is named; give a FILE, or - for standard input$/m],
    ["an import of no file", ["import"], /^Cannot import: no file is named; give a FILE, or - for standard input$/m],
    ["an operand too many", ["migrate", "now"], /playhead migrate takes no operands/],
    ["two event types", ["schema", "ping", "play"], /playhead schema takes \[eventType\]/],
    ["the token as a flag", ["serve", "--admin-token=secretsecretsecretsecretsecretsecret"], /--admin-token/],
  ];
  for (const [name, argv, words] of calls) {
    test(`for ${name} ends with 2, words on stderr, and no data directory`, async () => {
      using directory = tempDir();
      const dataDir = join(directory.path, "none");
      const { code, out, err } = await run(argv, { environment: { PLAYHEAD_DATA_DIR: dataDir, PLAYHEAD_PORT: "0" } });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(words);
      expect(err).not.toContain("secretsecret");
      expect(existsSync(dataDir)).toBe(false);
    });
  }

  for (const { name } of COMMANDS) {
    test(`for a PLAYHEAD_ key that ${name} doesn't know ends with 2 and names it`, async () => {
      const { code, err } = await run([name], { environment: { PLAYHEAD_PROT: "1" } });
      expect(code).toBe(2);
      expect(err).toStartWith("PLAYHEAD_PROT ");
    });
  }

  test("ends a real process the same way, without a stack", async () => {
    using directory = tempDir();
    const settings = { DATA_DIR: directory.path, VALIDATION: "loose", PROT: "1" };
    await using playhead = runProcess(["serve"], { settings });
    expect(await playhead.exited).toBe(2);
    expect(playhead.stdout()).toBe("");
    const lines = playhead.stderr().trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toStartWith("PLAYHEAD_PROT ");
    expect(lines[1]).toBe("PLAYHEAD_VALIDATION must be one of standard, strict");
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

describe("schema", () => {
  test("lists every event type with its summary", async () => {
    const { code, out } = await run(["schema"]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/\s+/)[0]).toSorted()).toEqual([...EVENT_TYPES].toSorted());
    expect(lines.filter((line) => !/^\w+ +[A-Z].*\.$/.test(line))).toEqual([]);
  });

  for (const mode of ["standard", "strict"] as const) {
    test(`prints the schema of ${mode} by flag or environment`, async () => {
      const expected = JSON.stringify(findSchema("ping", mode), null, 2);
      const byFlag = await run(["schema", "ping", "--validation", mode]);
      const byName = await run(["schema", "ping"], { environment: { PLAYHEAD_VALIDATION: mode } });
      expect(byFlag).toEqual({ code: 0, out: `${expected}\n`, err: "" });
      expect(byName).toEqual(byFlag);
    });
  }

  test("of an older name is that of the event", async () => {
    expect((await run(["schema", "contentComplete"])).out).toBe((await run(["schema", "sessionComplete"])).out);
  });

  for (const name of ["nope", "__proto__", "constructor", "Ping"]) {
    test(`of ${name} ends with 1 and says where the list is`, async () => {
      const { code, out, err } = await run(["schema", name]);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain("`playhead schema` lists them");
    });
  }

  test("prints what a real process can pipe on", async () => {
    await using playhead = runProcess(["schema", "sessionStart"]);
    expect(await playhead.exited).toBe(0);
    expect(JSON.parse(playhead.stdout())).toEqual(JSON.parse(JSON.stringify(findSchema("sessionStart", "standard"))));
    expect(playhead.stderr()).toBe("");
  });
});

describe("serve", () => {
  /** Serves in this process until `use` is done. */
  async function serving(argv: readonly string[], use: (url: string) => Promise<void>, terminal = false): Promise<Ran> {
    using directory = tempDir();
    const dataDir = join(directory.path, "data");
    const stop = Promise.withResolvers<void>();
    const addressPath = join(dataDir, "address");
    const flags = ["--data-dir", dataDir, "--host", "127.0.0.1", "--port", "0"];
    const ran = run([...argv, ...flags], { stopped: stop.promise, outIsTerminal: terminal });
    try {
      await waitFor(() => existsSync(addressPath));
      await use((await Bun.file(addressPath).text()).trim());
    } finally {
      stop.resolve();
      await ran;
    }
    expect(existsSync(addressPath)).toBe(false);
    return await ran;
  }

  const post = (url: string) =>
    fetch(`${url}/api/v1/sessions`, { method: "POST", body: JSON.stringify(sessionStart()) });

  for (const argv of [["serve"], []]) {
    test(`serves until it is stopped by \`playhead ${argv.join(" ")}\`, and returns 0`, async () => {
      const { code, out } = await serving(argv, async (url) => {
        expect((await post(url)).status).toBe(201);
      });
      expect(code).toBe(0);
      const lines = out.trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line).message)).toEqual(["Listening", "Stopping", "Stopped"]);
    });
  }

  test("heeds its flags", async () => {
    await serving(["--validation", "strict", "--body-bytes-max", "1024"], async (url) => {
      expect(await (await fetch(`${url}/api/v1/schemas`)).json()).toMatchObject({ validation: "strict" });
      const large = { method: "POST", body: JSON.stringify(sessionStart({ "media.name": "x".repeat(1024) })) };
      expect((await fetch(`${url}/api/v1/sessions`, large)).status).toBe(413);
    });
  });

  test("logs lines for people on a terminal", async () => {
    const { out } = await serving([], async () => {}, true);
    expect(out).toMatch(/^[\d:.]+ INFO {2}Listening url="http:\/\/127\.0\.0\.1:\d+"/);
  });

  test("on a port that another program uses exits with 1, names the address, and releases the directory", async () => {
    using directory = tempDir();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const flags = ["--port", String(port), "--host", "127.0.0.1", "--data-dir", directory.path];
    const words = `Cannot listen on 127.0.0.1:${port}: another process has the port; end that, or choose another port\n`;
    try {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        expect(await run(["serve", ...flags])).toEqual({ code: 1, out: "", err: words });
      }
      await using playhead = runProcess(["serve", ...flags]);
      expect([await playhead.exited, playhead.stderr()]).toEqual([1, words]);
      expect(existsSync(join(directory.path, "address"))).toBe(false);
    } finally {
      other.close();
    }
  });

  test("on a port that another Playhead serves exits with 1 too, rather than share its players", async () => {
    await using other = await startTestServer();
    using directory = tempDir();
    const flags = ["--port", String(other.app.port), "--host", "127.0.0.1", "--data-dir", directory.path];
    const { code, err } = await run(["serve", ...flags]);
    expect([code, err]).toEqual([
      1,
      `Cannot listen on 127.0.0.1:${other.app.port}: another process has the port; end that, or choose another port\n`,
    ]);
  });

  test("on an address that this machine doesn't have says so", async () => {
    using directory = tempDir();
    const { code, err } = await run(["serve", "--host", "203.0.113.7", "--port", "0", "--data-dir", directory.path]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^Cannot listen on 203\.0\.113\.7:0: this machine has no such/),
    ]);
  });

  test("removes the address of a killed server before a script can take it for this one's", async () => {
    using directory = tempDir();
    const stale = join(directory.path, "address");
    await Bun.write(stale, "http://127.0.0.1:9\n");
    await Bun.write(join(directory.path, "playhead.db"), "this is no database, and long enough to be read as one");
    expect((await run(["serve", "--port", "0", "--data-dir", directory.path])).code).toBe(1);
    expect(existsSync(stale)).toBe(false);
  });

  const unusable: readonly (readonly [string, string, (directory: string) => Promise<unknown>])[] = [
    ["a data directory that is a file", "it is not a directory", async (path) => Bun.write(path, "x")],
    [
      "a data directory below a file",
      "a part of its path is not a directory",
      async (path) => Bun.write(join(path, ".."), "x"),
    ],
    [
      "a token that is a directory",
      "it is a directory",
      async (path) => mkdir(join(path, "admin-token"), { recursive: true }),
    ],
    ["a database that is a directory", "EISDIR", async (path) => mkdir(join(path, "playhead.db"), { recursive: true })],
    [
      "a database that is none",
      "SQLITE_NOTADB",
      async (path) => Bun.write(join(path, "playhead.db"), "no database".repeat(99)),
    ],
  ];
  for (const [name, words, make] of unusable) {
    test(`${name} ends with 1 and one line that says so`, async () => {
      using directory = tempDir();
      const dataDir = join(directory.path, "nested", "data");
      await make(dataDir);
      const { code, out, err } = await run(["serve", "--port", "0", "--data-dir", dataDir]);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain(words);
      expect(err.split("\n")).toHaveLength(2);
    });
  }
});

/** Joins the lines of `--help` that continue the one above them. */
function unwrapped(help: string): string {
  return help.replace(/\n {20,}/g, " ");
}

/** What `--help` must say of a setting beside its summary. */
function wordsOf(setting: Setting): readonly string[] {
  if (setting.secret) return [environmentNameOf(setting.key)];
  const { min, max, unit, fallback, choices }: Partial<Record<string, unknown>> = { ...setting };
  const words = [`--${flagOf(setting.key)}`];
  if (setting.kind === "list") words.push(setting.wants);
  else if (fallback !== undefined) words.push(`default ${fallback}`);
  if (setting.kind === "integer") words.push(`${min} to ${max}${unit === undefined ? "" : ` ${unit}`}`);
  if (setting.kind === "choice") words.push((choices as string[]).join(" | "));
  return words;
}
