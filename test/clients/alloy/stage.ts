/** Adobe's Web SDK as a site has it: a page on one host name, Media Edge on another, both over TLS and on port 443. */

import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../../support/browser.ts";
import { type CertificateFiles, makeCertificate } from "../../support/certificate.ts";
import { freePort } from "../../support/free-port.ts";
import { startNginx } from "../../support/nginx.ts";
import { type ServerProcess, startProcess } from "../../support/process.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN } from "../../support/requests.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { Shown } from "../../tracker/stage.ts";

const SDK = join(import.meta.dir, "../../../node_modules/@adobe/alloy/dist/alloy.min.js");
const SCENE = join(import.meta.dir, "../page/alloy.ts");
const PLAYER_HOST = "player.test";
const EDGE_HOST = "edge.example.com";
export const ORG = "972C898555E9F7BC7F000101@AdobeOrg";
export const DATASTREAM = "66b64400-e418-4184-8fed-b57636d09abc";

/** The lines that the vendor has pages begin with: commands wait until the SDK is there. */
const BASE_CODE = `!function(n,o){o.forEach(function(o){n[o]||((n.__alloyNS=n.__alloyNS||[]).push(o),n[o]=
function(){var u=arguments;return new Promise(function(i,l){n[o].q.push([i,l,u])})},n[o].q=[])})}(window,["alloy"]);`;
const PAGE = `<!doctype html><title>player</title><script>${BASE_CODE}</script>
<script src="/alloy.js" async></script><script src="/scene.js"></script>`;
const CONFIGURATION = {
  datastreamId: DATASTREAM,
  orgId: ORG,
  edgeDomain: EDGE_HOST,
  thirdPartyCookiesEnabled: false,
  streamingMedia: { channel: "test", playerName: "html5", appVersion: "1", mainPingInterval: 10, adPingInterval: 1 },
};

/** What stands between a browser and the server. */
export type Before = "its own TLS" | "nginx";
export type Way = "automatic" | "manual" | "bridge" | "sendEvent";
/** Seconds that a page's player was in each state. */
export type Truth = Readonly<Record<"content" | "pause" | "buffer" | "ad", number>>;

/** An answered request of the page to Media Edge. */
export interface Sent {
  /** `interact`, `play`, … */
  readonly name: string;
  readonly status: number;
}

interface Viewer extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly sent: readonly Sent[];
  /** Runs code in the page, where `scene` is what `page/alloy.ts` made. */
  run<Result>(code: string): Promise<Result>;
}

export class AlloyStage implements AsyncDisposable {
  /** Errors that reached a page. */
  readonly complaints: string[] = [];
  readonly #opened: AsyncDisposableStack;
  readonly #browser: Browser;
  readonly #dataDir: string;
  readonly #settings: Readonly<Record<string, string>>;
  #server: ServerProcess;

  private constructor(parts: {
    opened: AsyncDisposableStack;
    browser: Browser;
    server: ServerProcess;
    dataDir: string;
    settings: Readonly<Record<string, string>>;
  }) {
    this.#opened = parts.opened;
    this.#browser = parts.browser;
    this.#server = parts.server;
    this.#dataDir = parts.dataDir;
    this.#settings = parts.settings;
  }

  static async open(before: Before, settings: Readonly<Record<string, string>> = {}): Promise<AlloyStage> {
    await using opening = new AsyncDisposableStack();
    const directory = opening.use(tempDir()).path;
    const dataDir = opening.use(tempDir()).path;
    const tls = makeCertificate(directory, EDGE_HOST, "edge");
    const port = freePort();
    const all = {
      ...{ ADMIN_TOKEN, PORT: String(port), EDGE_ORG: ORG, LOG_LEVEL: "info" },
      ...(before === "nginx" ? {} : { TLS_CERT: tls.cert, TLS_KEY: tls.key }),
      ...settings,
    };
    const server = await startProcess(dataDir, { settings: all });
    const edge = before === "nginx" ? opening.use(await startNginx(directory, port, "nginx-edge.conf")).port : port;
    const site = opening.use(await openSite(makeCertificate(directory, PLAYER_HOST, "player")));
    const rules = `MAP ${EDGE_HOST}:443 127.0.0.1:${edge},MAP ${PLAYER_HOST}:443 127.0.0.1:${site.port}`;
    const browser = await openBrowser([`--host-resolver-rules=${rules}`]);
    opening.defer(() => browser.close());
    return new AlloyStage({ opened: opening.move(), browser, server, dataDir, settings: all });
  }

  /** Opens a page and configures the SDK. */
  async view(configuration: object = {}, context?: BrowserContext): Promise<Viewer> {
    const own = context ?? (await this.#browser.newContext({ ignoreHTTPSErrors: true }));
    const page = await own.newPage();
    const sent: Sent[] = [];
    page.on("response", (response) => {
      const [, name] = /^https:\/\/edge\.example\.com\/ee\/(?:va\/)?v1\/([^?]+)/.exec(response.url()) ?? [];
      if (name !== undefined) sent.push({ name, status: response.status() });
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    await page.goto(`https://${PLAYER_HOST}/`);
    const run = <Result>(code: string) => page.evaluate<Result>(code);
    await run(`alloy("configure", ${JSON.stringify({ ...CONFIGURATION, ...configuration })})`);
    return { page, context: own, sent, run, [Symbol.asyncDispose]: () => own.close() };
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
  async admin(path: string): Promise<any> {
    const answer = await fetch(this.#server.url + path, { headers: ADMIN_HEADERS, tls: { rejectUnauthorized: false } });
    return answer.json();
  }

  /** The sids of a content's sessions. */
  async sidsOf(id: string): Promise<string[]> {
    const { sessions } = await this.admin("/admin/api/sessions?limit=100");
    return sessions
      .filter(({ params }: { params: Record<string, string> }) => params["media.id"] === id)
      .map(({ sid }: { sid: string }) => sid);
  }

  /** The one session of a content, once it is closed. */
  async closedSessionOf(id: string): Promise<Shown> {
    const [sid, ...others] = await this.sidsOf(id);
    if (sid === undefined || others.length > 0) throw new Error(`${id} has ${others.length + (sid ? 1 : 0)} sessions`);
    let shown: Shown | undefined;
    await waitFor(async () => {
      shown = await this.admin(`/admin/api/sessions/${sid}`);
      return shown?.session.status === "closed";
    }, CLOSE_MS_MAX);
    return shown as Shown;
  }

  /** What the server said so far. */
  logged(): string {
    return this.#server.stderr() + this.#server.stdout();
  }

  /** Kills the server as a power cut would, and starts another one on its port and data. */
  async restart(whileAway: () => Promise<void>): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await whileAway();
    this.#server = await startProcess(this.#dataDir, { settings: this.#settings });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.#opened.disposeAsync();
  }
}

const CLOSE_MS_MAX = 20_000;

async function openSite({ cert, key }: CertificateFiles): Promise<AsyncDisposable & { readonly port: number }> {
  const { outputs } = await Bun.build({ entrypoints: [SCENE], target: "browser" });
  const scene = (await outputs[0]?.text()) ?? "";
  const script = { headers: { "Content-Type": "text/javascript" } };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: Bun.file(cert), key: Bun.file(key) },
    development: false,
    routes: {
      "/alloy.js": () => new Response(Bun.file(SDK), script),
      "/scene.js": () => new Response(scene, script),
      "/": () => new Response(PAGE, { headers: { "Content-Type": "text/html; charset=utf-8" } }),
    },
    fetch: () => new Response(null, { status: 204 }),
  });
  return { port: server.port ?? 0, [Symbol.asyncDispose]: () => server.stop(true) };
}
