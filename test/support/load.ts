/** Players that open sessions, send an event after each answer, and enter the answers in a ledger. */

import { Ledger, type PlayedSession } from "./ledger.ts";
import { eventAt, sessionStart, sidOf } from "./requests.ts";
import { waitFor } from "./wait-for.ts";

const CREATED = 201;
const NO_CONTENT = 204;
const REFUSED = 503;
const SECONDS_MIN = 7;
const ANSWERED_MS_MAX = 20_000;
/** A refused player comes back, but not at once: a thousand of them would keep the server busy with refusals. */
const AFTER_REFUSAL_MS = 50;

export interface LoadOptions {
  readonly clients: number;
  /** How long each player waits after an answer; by default it sends at once. */
  readonly pauseMs?: number;
  readonly ledger?: Ledger;
}

/** Goes on until the server is gone, or until it is stopped. */
export class Load {
  readonly ledger: Ledger;
  /** Resolves when every player has left. */
  readonly ended: Promise<unknown>;
  /** Answers that a running server must never give. */
  readonly unexpected: number[] = [];
  /** Refusals without a `Retry-After`. */
  hopeless = 0;
  /** The longest time to an answer. */
  slowestMs = 0;
  readonly #url: string;
  readonly #pauseMs: number;
  #answers = 0;
  #stopped = false;
  #unplugged = false;

  constructor({ url }: { readonly url: string }, { clients, pauseMs = 0, ledger = new Ledger() }: LoadOptions) {
    this.#url = `${url}/api/v1/sessions`;
    this.#pauseMs = pauseMs;
    this.ledger = ledger;
    this.ended = Promise.all(Array.from({ length: clients }, (_, client) => this.#play(client)));
  }

  /** Resolves when so many more requests have been answered, whatever the answer. */
  answered(count: number): Promise<void> {
    const goal = this.#answers + count;
    return waitFor(() => this.#answers >= goal, ANSWERED_MS_MAX);
  }

  /** Resolves when so many more requests have been acknowledged. */
  acknowledged(count: number): Promise<void> {
    const goal = this.ledger.acknowledged + count;
    return waitFor(() => this.ledger.acknowledged >= goal, ANSWERED_MS_MAX);
  }

  /** Ignores all later answers: after a real power cut the server could not have given them. */
  unplug(): void {
    this.#unplugged = true;
  }

  /** Lets each player finish the request that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.ended;
  }

  /** Session lengths differ by client: one commit answers many at once, and equal sessions would all end at once. */
  async #play(client: number): Promise<void> {
    while (await this.#playSession(SECONDS_MIN + (client % SECONDS_MIN)));
  }

  /** @returns whether to go on */
  async #playSession(seconds: number): Promise<boolean> {
    const name = this.ledger.nextName();
    const opened = await this.#send("", sessionStart({ "media.name": name }));
    if (opened?.status === REFUSED) this.ledger.refusedStarts.push(name);
    if (opened?.status !== CREATED) return opened?.status === REFUSED;
    const session: PlayedSession = { sid: sidOf(opened), acknowledged: [], refused: [], ended: false };
    this.ledger.sessions.push(session);
    for (let second = 1; second <= seconds; second += 1) {
      session.ended = second === seconds;
      const event = eventAt(second, session.ended ? "sessionEnd" : "ping");
      const added = await this.#send(`/${session.sid}/events`, event);
      if (added?.status === NO_CONTENT) session.acknowledged.push(second);
      else if (added?.status === REFUSED) session.refused.push(second);
      else return false;
    }
    return true;
  }

  /** @returns the answer, or undefined when the server is gone or the load stopped */
  async #send(path: string, body: object): Promise<Response | undefined> {
    if (this.#stopped) return undefined;
    const sinceMs = performance.now();
    let response: Response;
    try {
      response = await fetch(this.#url + path, { method: "POST", body: JSON.stringify(body) });
      await response.arrayBuffer();
    } catch {
      return undefined;
    }
    if (this.#unplugged) return undefined;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - sinceMs);
    this.#answers += 1;
    if (response.status === REFUSED) {
      if (!response.headers.has("Retry-After")) this.hopeless += 1;
      await Bun.sleep(AFTER_REFUSAL_MS);
    } else if (response.status !== CREATED && response.status !== NO_CONTENT) {
      this.unexpected.push(response.status);
    }
    if (this.#pauseMs > 0) await Bun.sleep(this.#pauseMs);
    return response;
  }
}
