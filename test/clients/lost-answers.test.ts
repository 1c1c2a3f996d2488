/**
 * Players whose start isn't answered: one session for one viewing, with the times and counts of what was seen. Behind
 * nginx with TLS, whatever goes wrong between it and the server, by `bun run test:clients`; without, one case always.
 */

import { describe, expect, test } from "bun:test";
import { VALIDATION_MODES, type ValidationMode } from "../../src/protocol/mode.ts";
import { Client } from "../faults/support/client.ts";
import { type Fate, type FaultyProxyOptions, startFaultyProxy } from "../support/faulty-proxy.ts";
import { startNginx } from "../support/nginx.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, REQUIRED_PARAMS } from "../support/requests.ts";
import { playWithSdk } from "../support/sdk-player.ts";
import { tempDir } from "../support/temp-dir.ts";
import { near } from "../tracker/agree.ts";
import { describeClients, TEST_MS_MAX } from "./effort.ts";

interface Situation {
  readonly fateOf: FaultyProxyOptions["fateOf"];
  /** Whether the server is killed once the first start is answered, before its client hears of it. */
  readonly restarts?: true;
}

/** An SDK sends events once, so only their answers may be lost. */
const SITUATIONS = {
  "nothing goes wrong": { fateOf: () => "pass" },
  "answers are lost": { fateOf: ({ isStart, at }) => ((isStart ? at < 2 : at % 2 === 0) ? "lose" : "pass") },
  "connections are cut": { fateOf: startsOf("cut", "cut") },
  "an answer is lost, then a connection is cut": { fateOf: startsOf("lose", "cut") },
  "503 comes for a while": { fateOf: startsOf("refuse", "refuse") },
  "an answer takes longer than the SDK waits": { fateOf: startsOf("keep") },
  "the server is killed and started again": { fateOf: startsOf("lose"), restarts: true },
} satisfies Readonly<Record<string, Situation>>;

const TOLD = ["sessionStart", "play", "ping", "pauseStart", "play", "sessionComplete", "sessionEnd"];

/** The first starts meet their fates; all else goes through. */
function startsOf(...fates: readonly Fate[]): Situation["fateOf"] {
  return ({ isStart, at }) => (isStart ? fates[at] : undefined) ?? "pass";
}

/** A server behind a proxy that fails it, maybe behind nginx. */
class Stage implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  readonly #dataDir = this.#opened.use(tempDir()).path;
  readonly #settings: Readonly<Record<string, string>>;
  #server!: ServerProcess;
  #url!: string;

  private constructor(validation: ValidationMode) {
    this.#settings = { ADMIN_TOKEN, VALIDATION: validation };
  }

  static async open(validation: ValidationMode, situation: Situation, isBehindNginx: boolean): Promise<Stage> {
    const stage = new Stage(validation);
    await stage.#start();
    const proxy = await startFaultyProxy({
      upstream: () => stage.#server.url,
      fateOf: situation.fateOf,
      onAnswered: async ({ isStart, at }) => {
        if (situation.restarts && isStart && at === 0) await stage.#restart();
      },
    });
    stage.#opened.use(proxy);
    stage.#url = proxy.url;
    if (isBehindNginx) {
      const directory = stage.#opened.use(tempDir());
      stage.#url = stage.#opened.use(await startNginx(directory.path, Number(new URL(proxy.url).port))).url;
    }
    return stage;
  }

  /** A viewing with an SDK, and what the server makes of it. */
  async play(): Promise<void> {
    const params = { ...REQUIRED_PARAMS, "analytics.visitorId": crypto.randomUUID() };
    const viewed = await playWithSdk({ sessions: `${this.#url}/api/v1/sessions`, params });
    const client = new Client(this.#server);
    const { sessions } = await client.admin("/admin/api/sessions");
    expect(sessions.length).toBe(1);
    const { metrics, events } = await client.admin(`/admin/api/sessions/${sessions[0].sid}`);
    for (const [id, seconds] of Object.entries(viewed)) near(metrics, id, seconds);
    expect(metrics).toMatchObject({ mediaStarts: 1, contentStarts: 1, contentCompletes: 1, pauseEvents: 1 });
    // Three requests at once arrive in any order.
    const counted = events.filter(({ verdict }: { verdict: string }) => /^(counted|reordered)$/.test(verdict));
    expect(counted.map(({ type }: { type: string }) => type).toSorted()).toEqual(TOLD.toSorted());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }

  /** Kills the server behind its commit, and starts another on its data. */
  async #restart(): Promise<void> {
    this.#server.signal("SIGKILL");
    await this.#server.exited;
    await this.#start();
  }

  async #start(): Promise<void> {
    this.#server = this.#opened.use(await startProcess(this.#dataDir, { settings: this.#settings }));
  }
}

describeClients("a viewing with an SDK, behind nginx", () => {
  describe.each(VALIDATION_MODES)("%s", (validation) => {
    test.each(Object.entries(SITUATIONS))(
      "is one session: %s",
      async (_, situation) => {
        await using stage = await Stage.open(validation, situation, true);
        await stage.play();
      },
      TEST_MS_MAX,
    );
  });
});

describe("a viewing with an SDK", () => {
  test(
    "is one session when the answers are lost",
    async () => {
      await using stage = await Stage.open("standard", SITUATIONS["answers are lost"], false);
      await stage.play();
    },
    TEST_MS_MAX,
  );
});
