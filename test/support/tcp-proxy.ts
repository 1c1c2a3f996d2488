/**
 * A proxy of one TCP server, such as PostgreSQL, whose address stays while what is behind it changes: it cuts
 * connections, loses questions and answers, keeps them for later, and falls silent without closing anything.
 */

import { createServer, type Server, Socket } from "node:net";
import { freePort } from "./free-port.ts";

/**
 * What becomes of a question: it goes through; it doesn't arrive, and its connection is cut; it arrives, and its
 * connection is cut once the answer is there; it arrives, and its answer is lost on a connection that stays; or it is
 * kept until {@link TcpProxy.release}.
 */
export type QuestionFate = "pass" | "cut" | "cut-answer" | "drop-answer" | "keep";

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** The port that new connections go to. */
  upstream: number;
  /** Decides on what a client sends. */
  fateOf: (question: Buffer) => QuestionFate;
  /** While it is, nothing goes either way and nothing is closed, as if the host were gone. */
  isSilent: boolean;
  /** Lets go what was kept, even if its client has left meanwhile. */
  release(): void;
  /** Ends all connections. */
  cutAll(): void;
  /** Connections that the server still has, although their clients have left. */
  readonly left: number;
}

/** The end of PostgreSQL's answer outside a transaction: what it was asked to store is committed. */
const READY = Buffer.from("5a0000000549", "hex");

class Link {
  readonly #client: Socket;
  readonly #server = new Socket();
  readonly #proxy: TcpProxy;
  #fate: QuestionFate = "pass";
  /** What waits for the release, in order. */
  #kept: (() => void)[] = [];

  constructor(client: Socket, proxy: TcpProxy, upstream: number) {
    this.#client = client;
    this.#proxy = proxy;
    this.#forward(() => this.#server.connect(upstream, "127.0.0.1"));
    client.on("data", (data) => this.#ask(data as Buffer));
    this.#server.on("data", (data) => this.#answer(data as Buffer));
    client.on("close", () => this.#forward(() => this.#server.end()));
    this.#server.on("close", () => this.#forward(() => this.cut()));
    client.on("error", () => {});
    this.#server.on("error", () => {});
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  release(): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const each of kept) each();
  }

  get isLeft(): boolean {
    return this.#client.destroyed && !this.#server.destroyed;
  }

  /** Does a thing now, or after what is kept. */
  #forward(act: () => void): void {
    if (this.#proxy.isSilent || this.#kept.length > 0) this.#kept.push(act);
    else act();
  }

  #ask(question: Buffer): void {
    const fate = this.#proxy.fateOf(question);
    if (fate === "cut") this.cut();
    else if (fate === "keep") this.#kept.push(() => this.#server.write(question));
    else this.#forward(() => this.#server.write(question));
    if (fate !== "pass") this.#fate = fate;
  }

  #answer(answer: Buffer): void {
    const isWhole = answer.subarray(-READY.length).equals(READY);
    if (this.#fate === "cut-answer" && isWhole) this.cut();
    else if (this.#fate === "pass" || this.#fate === "keep") this.#forward(() => this.#client.write(answer));
  }
}

/** Starts one before a port of this machine. */
export async function startTcpProxy(upstream: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const proxy: TcpProxy = {
    port: freePort(),
    upstream,
    fateOf: () => "pass",
    isSilent: false,
    release: () => {
      for (const link of links) link.release();
    },
    cutAll: () => {
      for (const link of links) link.cut();
      links.clear();
    },
    get left() {
      return [...links].filter(({ isLeft }) => isLeft).length;
    },
    [Symbol.asyncDispose]: () => close(server, proxy),
  };
  const server = createServer((client) => {
    client.setNoDelay();
    links.add(new Link(client, proxy, proxy.upstream));
  });
  await new Promise<void>((resolve) => server.listen(proxy.port, "127.0.0.1", resolve));
  return proxy;
}

async function close(server: Server, proxy: TcpProxy): Promise<void> {
  proxy.cutAll();
  await new Promise((resolve) => server.close(resolve));
}
