/** A server as a process, with players that send whole sessions to it and an operator who asks for reports. */

import { type ServerProcess, startProcess } from "../../support/process.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, eventAt, sessionStart, sidOf } from "../../support/requests.ts";

const PLAYERS = 12;
const ASKING = 2;
/** Between two sessions of a player: without a rest they outrun the reports worker, which then answers nothing. */
const REST_MS = 20;
/** What a server that is up may answer. */
const EXPECTED = [200, 201, 204, 503];

export class ServerUnderLoad implements AsyncDisposable {
  readonly unexpected: string[] = [];
  /** Reports that were answered. */
  reports = 0;
  readonly #server: ServerProcess;
  readonly #work: Promise<unknown>;
  #ended = false;

  private constructor(server: ServerProcess) {
    this.#server = server;
    const players = Array.from({ length: PLAYERS }, () => this.#again(() => this.#playAndRest()));
    const operators = Array.from({ length: ASKING }, () => this.#again(() => this.#ask()));
    this.#work = Promise.all([...players, ...operators]);
  }

  static async start(dataDir: string): Promise<ServerUnderLoad> {
    const settings = { ADMIN_TOKEN, LOG_LEVEL: "error" };
    return new ServerUnderLoad(await startProcess(dataDir, { settings }));
  }

  async kill(): Promise<void> {
    this.#ended = true;
    this.#server.signal("SIGKILL");
    await Promise.all([this.#server.exited, this.#work]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #again(work: () => Promise<void>): Promise<void> {
    while (!this.#ended) {
      try {
        await work();
      } catch (error) {
        // A connection that breaks is the kill.
        if (!this.#ended) this.unexpected.push(String(error));
        return;
      }
    }
  }

  async #playAndRest(): Promise<void> {
    await this.#play();
    await Bun.sleep(REST_MS);
  }

  /** A session with an ad and an error that arrives after the end, so that it is folded twice. */
  async #play(): Promise<void> {
    const opened = await this.#send("/api/v1/sessions", sessionStart());
    const path = `/api/v1/sessions/${sidOf(opened)}/events`;
    if (opened.status !== 201) return;
    await this.#send(path, eventAt(1, "adBreakStart", { params: { "media.ad.podIndex": 0, "media.ad.podSecond": 0 } }));
    await this.#send(path, eventAt(2, "adStart", { params: { "media.ad.id": "ad-1", "media.ad.length": 15 } }));
    await this.#send(path, eventAt(9, "adBreakComplete"));
    await this.#send(path, eventAt(10, "play"));
    await this.#send(path, eventAt(30, "sessionEnd"));
    if (Math.random() < 0.5) await this.#send(path, eventAt(20, "error", { params: { "media.errorId": "late" } }));
  }

  async #ask(): Promise<void> {
    const query = "metrics=mediaStarts,adStarts,errorEvents&dimension=media.errorId";
    const answer = await fetch(`${this.#server.url}/admin/api/reports?${query}`, {
      headers: ADMIN_HEADERS,
    });
    await this.#note(answer);
    if (answer.status === 200) this.reports += 1;
  }

  async #send(path: string, body: object): Promise<Response> {
    const answer = await fetch(this.#server.url + path, { method: "POST", body: JSON.stringify(body) });
    await this.#note(answer);
    return answer;
  }

  async #note(answer: Response): Promise<void> {
    const text = await answer.text();
    if (!EXPECTED.includes(answer.status)) this.unexpected.push(`${answer.status} ${text}`);
  }
}
