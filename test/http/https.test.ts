/** HTTPS in the binary: certificates from files, replaced while clients are connected, and HTTP/2. */

import { describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { Agent, type RequestOptions, request } from "node:https";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { AppError } from "../../src/base/errors.ts";
import type { Settings } from "../../src/config.ts";
import { listenOn } from "../../src/http/listener.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificate.ts";
import { framesOfPost } from "../support/http2-frames.ts";
import { runProcess, startProcess } from "../support/process.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  sessionStart,
  sidOf,
  startTestServer,
  type TestServer,
  tempDir,
} from "../support/server.ts";

const SESSIONS = "/api/v1/sessions";
const GZIP = { "Content-Encoding": "gzip" };
const UNCHECKED = { rejectUnauthorized: false };

interface Stage extends AsyncDisposable {
  readonly server: TestServer;
  readonly files: CertificateFiles;
  readonly directory: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
}

async function openStage(config: Partial<Settings> = {}): Promise<Stage> {
  await using opening = new AsyncDisposableStack();
  const { path: directory } = opening.use(tempDir());
  const files = makeCertificate(directory, "first.example");
  const server = opening.use(await startTestServer({ config: { ...config, tlsCert: files.cert, tlsKey: files.key } }));
  const url = `https://127.0.0.1:${server.app.port}`;
  const opened = opening.move();
  return { server, files, directory, url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

interface Told {
  readonly status: number;
  /** The host that the certificate of the connection names. */
  readonly host: string;
  readonly localPort: number;
}

/** Sends a request whose body ends once `rest` is known. */
function ask(url: string, options: RequestOptions & { rest?: Promise<string> } = {}): Promise<Told> {
  const { rest = Promise.resolve(""), ...init } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...UNCHECKED, ...init }, (answer) => {
      const socket = answer.socket as TLSSocket;
      const told = { host: String(socket.getPeerCertificate().subject.CN), localPort: socket.localPort ?? 0 };
      answer.resume().on("end", () => resolve({ status: answer.statusCode ?? 0, ...told }));
    });
    sent.on("error", reject);
    if (options.method === "POST") sent.flushHeaders();
    void rest.then((body) => sent.end(body));
  });
}

/** Asks over HTTP/2. @returns the protocol that was agreed on, and the answer's status */
function askHttp2(url: string, path: string, headers: Record<string, string>, body?: string | Uint8Array) {
  return new Promise<{ status: number; protocol: unknown; text: string }>((resolve, reject) => {
    const client = connectHttp2(url, UNCHECKED);
    client.on("error", reject);
    const sent = client.request({ ":path": path, ":method": body === undefined ? "GET" : "POST", ...headers });
    let status = 0;
    let text = "";
    sent.on("response", (answer) => {
      status = Number(answer[":status"]);
    });
    sent.on("data", (chunk) => {
      text += chunk;
    });
    sent.on("error", reject);
    sent.on("end", () => {
      resolve({ status, protocol: client.alpnProtocol, text });
      client.close();
    });
    sent.end(body);
  });
}

async function refusalOf(files: CertificateFiles): Promise<string> {
  try {
    await using server = await startTestServer({ config: { tlsCert: files.cert, tlsKey: files.key } });
    throw new Error(`It listens on ${server.app.port}`);
  } catch (error) {
    expect([error instanceof AppError, (error as AppError).code]).toEqual([true, "file-unusable"]);
    return (error as AppError).message;
  }
}

describe("with a certificate", () => {
  test("players and browsers come by HTTPS, and the cookie goes by no other way", async () => {
    await using stage = await openStage();
    const init = { method: "POST", tls: UNCHECKED };
    const opened = await fetch(stage.url + SESSIONS, { ...init, body: JSON.stringify(sessionStart()) });
    expect([opened.status, sidOf(opened)]).toEqual([201, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const signedIn = await fetch(`${stage.url}/admin/api/sign-in`, { ...init, headers: ADMIN_HEADERS });
    const cookie = signedIn.headers.get("Set-Cookie") ?? "";
    expect(cookie).toEndWith("; Secure");
    const own = { Cookie: cookie.split(";")[0] ?? "", Origin: stage.url };
    expect((await fetch(`${stage.url}/admin/api/sign-out`, { ...init, headers: own })).status).toBe(204);
    expect(stage.server.app.url).toStartWith("https://");
    expect(readFileSync(join(stage.server.dataDir, "address"), "utf8")).toBe(`${stage.server.app.url}\n`);
    await expect(fetch(stage.server.url)).rejects.toThrow();
  });

  test("clients that offer HTTP/2 get it, also for refused bodies", async () => {
    await using stage = await openStage();
    const opened = await askHttp2(stage.url, SESSIONS, {}, JSON.stringify(sessionStart()));
    expect(opened).toMatchObject({ status: 201, protocol: "h2" });
    const large = await askHttp2(stage.url, SESSIONS, {}, " ".repeat(300_000));
    expect([large.status, JSON.parse(large.text).message]).toEqual([413, expect.stringContaining("65536 bytes")]);
    const zipped = await askHttp2(stage.url, SESSIONS, GZIP, gzipSync(JSON.stringify(sessionStart())));
    expect(zipped.status).toBe(201);
    const bomb = await askHttp2(stage.url, SESSIONS, GZIP, gzipSync(new Uint8Array(10_000_000)));
    expect([bomb.status, JSON.parse(bomb.text).code]).toEqual([413, "body-too-large"]);
    const { sessions } = JSON.parse((await askHttp2(stage.url, "/admin/api/sessions", ADMIN_HEADERS)).text);
    expect(sessions.length).toBe(2);
  });

  const refusals: readonly (readonly [what: string, path: string, bytes: number])[] = [
    ["an unknown path", "/nothing", 2],
    ["a method that a path doesn't take", "/api/v1/session", 2],
    ["a request without a token", "/admin/api/reports", 2],
    ["a body that is too large by its content", SESSIONS, 12_000],
  ];
  for (const [what, path, bytes] of refusals) {
    test(`an HTTP/2 stream that is refused for ${what} isn't reset, which would cost clients the answer`, async () => {
      await using stage = await openStage({ bodyBytesMax: 1024 });
      const frames = await framesOfPost(stage.url, path, Buffer.alloc(bytes, " "));
      const answer = frames.filter((each) => each !== "WINDOW_UPDATE");
      expect(answer).toEqual(["HEADERS", "DATA", "END_STREAM"]);
    });
  }

  test("`playhead erase` asks the running server", async () => {
    using directory = tempDir();
    const { cert, key } = makeCertificate(directory.path, "media.example.com");
    const dataDir = join(directory.path, "data");
    await using server = await startProcess(dataDir, { settings: { TLS_CERT: cert, TLS_KEY: key } });
    const start = sessionStart({ "analytics.visitorId": "eve" });
    await fetch(server.url + SESSIONS, { method: "POST", tls: UNCHECKED, body: JSON.stringify(start) });
    await using erase = runProcess(["erase", "eve", "--data-dir", dataDir]);
    expect([await erase.exited, erase.stdout(), erase.stderr()]).toEqual([0, "Erased 1 session.\n", ""]);
  });
});

describe("a certificate that is replaced", () => {
  test("is what new connections get; requests under way end well, and idle clients connect again", async () => {
    await using stage = await openStage();
    const { server, files, url } = stage;
    const sid = await sidOverTls(url);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await ask(`${url}/healthz`, { agent });
    const second = await ask(`${url}/healthz`, { agent });
    expect([first, second.localPort]).toEqual([
      { status: 200, host: "first.example", localPort: first.localPort },
      first.localPort,
    ]);
    const body = Promise.withResolvers<string>();
    const path = `${SESSIONS}/${sid}/events`;
    const event = JSON.stringify(eventAt(1, "play"));
    const headers = { "Content-Length": event.length };
    const underWay = ask(url + path, { method: "POST", headers, rest: body.promise, agent: new Agent() });
    // Its connection is accepted before this one's.
    expect((await ask(`${url}/healthz`, { agent: new Agent() })).host).toBe("first.example");
    const idle = Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
    const idleClosed = new Promise((resolve) => idle[0]?.once("close", resolve));

    makeCertificate(stage.directory, "second.example");
    await server.app.work();
    expect((await ask(`${url}/healthz`, { agent: new Agent() })).host).toBe("second.example");
    await idleClosed;
    expect(await ask(`${url}/healthz`, { agent })).toMatchObject({ status: 200, host: "second.example" });
    body.resolve(event);
    expect(await underWay).toMatchObject({ status: 204, host: "first.example" });
    expect(server.logged.filter((line) => line.includes(files.cert)).length).toBe(1);
    agent.destroy();
  });

  test("without its key isn't used until the key is there, and is logged once", async () => {
    await using stage = await openStage();
    const { server, files, directory, url } = stage;
    const next = makeCertificate(directory, "second.example", "next");
    renameSync(next.cert, files.cert);
    await server.app.work();
    await server.app.work();
    const complaints = server.logged.filter((line) => line.includes("Cannot replace the certificate"));
    expect([complaints.length, complaints[0]]).toEqual([1, expect.stringContaining("is not the key of")]);
    expect((await ask(`${url}/healthz`, { agent: new Agent() })).host).toBe("first.example");
    renameSync(next.key, files.key);
    await server.app.work();
    expect((await ask(`${url}/healthz`, { agent: new Agent() })).host).toBe("second.example");
  });

  test("waits while the port refuses connections", async () => {
    using directory = tempDir();
    const textsOf = (host: string) => {
      const { cert, key } = makeCertificate(directory.path, host);
      return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
    };
    const listener = listenOn(0, textsOf("first.example"), (port, tls) =>
      Bun.serve({ hostname: "127.0.0.1", port, ...(tls && { tls: { ...tls } }), fetch: () => new Response() }),
    );
    const url = `https://127.0.0.1:${listener.port}`;
    listener.close();
    listener.replaceTls(textsOf("second.example"));
    expect(await ask(url, { agent: new Agent() }).catch(({ code }) => code)).toBe("ECONNREFUSED");
    listener.open();
    expect((await ask(url, { agent: new Agent() })).host).toBe("second.example");
    await listener.stop();
    expect(await ask(url, { agent: new Agent() }).catch(({ code }) => code)).toBe("ECONNREFUSED");
  });

  test("may be empty while it is being written", async () => {
    await using stage = await openStage();
    writeFileSync(stage.files.cert, "");
    await stage.server.app.work();
    expect((await ask(`${stage.url}/healthz`, { agent: new Agent() })).host).toBe("first.example");
  });
});

describe("a certificate that can't be used", () => {
  test("stops the start with words that name the file and the setting", async () => {
    using directory = tempDir();
    const files = makeCertificate(directory.path, "first.example");
    const other = makeCertificate(directory.path, "other.example", "other");
    const absent = join(directory.path, "absent.pem");
    const locked = join(directory.path, "locked.key");
    const lock = Bun.spawnSync(["openssl", "ec", "-in", files.key, "-aes256", "-passout", "pass:x", "-out", locked]);
    expect(lock.exitCode).toBe(0);
    const text = join(directory.path, "text.pem");
    copyFileSync("README.md", text);
    const { cert, key } = files;
    expect([
      await refusalOf({ cert: absent, key }),
      await refusalOf({ cert, key: absent }),
      await refusalOf({ cert: directory.path, key }),
      await refusalOf({ cert: text, key }),
      await refusalOf({ cert, key: text }),
      await refusalOf({ cert, key: locked }),
      await refusalOf({ cert, key: other.key }),
    ]).toEqual([
      `Cannot read "${absent}" (PLAYHEAD_TLS_CERT): there is no such file`,
      `Cannot read "${absent}" (PLAYHEAD_TLS_KEY): there is no such file`,
      `Cannot read "${directory.path}" (PLAYHEAD_TLS_CERT): it is a directory`,
      `Cannot use "${text}" (PLAYHEAD_TLS_CERT): it holds no certificate in PEM form`,
      `Cannot use "${text}" (PLAYHEAD_TLS_KEY): it holds no private key in PEM form, or one with a passphrase`,
      `Cannot use "${locked}" (PLAYHEAD_TLS_KEY): it holds no private key in PEM form, or one with a passphrase`,
      `Cannot use "${other.key}" (PLAYHEAD_TLS_KEY): it is not the key of the certificate in "${cert}"`,
    ]);
  });
});

async function sidOverTls(url: string): Promise<string> {
  const body = JSON.stringify(sessionStart());
  return sidOf(await fetch(url + SESSIONS, { method: "POST", tls: UNCHECKED, body }));
}
