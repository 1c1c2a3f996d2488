/**
 * Delivery: one event at a time, in order, until it is answered.
 *
 * An event may be sent again, since the server counts equal events once. A start and a whole session would count twice,
 * so they carry a key by which the server knows them again.
 */

import type { TrackedEvent, TrackSettings } from "./api.ts";
import { guarded } from "./guard.ts";
import type { UsePart } from "./part.ts";

type Refusals = typeof import("./refusal.ts");

/** A session's events that have not been answered yet. */
export interface Unsent {
  /** What it is kept under, once it is. */
  id?: string;
  /** By which the server knows the start again. */
  key: string;
  /** Empty until the start is answered. */
  sid: string;
  /** Whether the first event is under way. */
  isBusy?: boolean;
  start?: TrackedEvent | undefined;
  /** How often the first event has failed. */
  failures: number;
  /** What the server has taken, but for pings. */
  told: TrackedEvent[];
  events: TrackedEvent[];
}

export interface OutboxOptions {
  readonly server: string;
  readonly settings: TrackSettings;
  readonly use: UsePart;
  /** Called when the waiting events change, and as the page closes. @returns whether another page will send it */
  keep?: (unsent: Unsent, leaves?: boolean) => boolean | undefined;
}

export interface Outbox {
  push(event: TrackedEvent): void;
  /** The viewer has answered: sending waits for a yes, and a no forgets the session. */
  allow(consents: boolean): void;
  /** The start says all that it will: sending waits for that. */
  ready(): void;
  /** The page is going: sends what there is, and waits for no answer. */
  flush(): void;
}

/** A key that cannot be guessed. */
export function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** Sends a body as text, which no browser asks the server's leave for. @returns undefined when there was no answer */
export async function post(url: string, body: unknown, key?: string): Promise<Response | undefined> {
  const ANSWER_MS_MAX = 10_000;
  try {
    return await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      keepalive: true,
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(key && { headers: { "Idempotency-Key": key } }),
    });
  } catch {
    // There is no answer.
  }
}

/** Whether the same may succeed later. */
export function isPassing(status: number): boolean {
  return !status || status === 408 || status === 429 || status >= 500;
}

function pauseMsAfter(failures: number): number {
  // Before the first failure.
  const RETRY_MS = 500;
  const RETRY_MS_MAX = 30_000;
  return (Math.min(RETRY_MS * 2 ** failures, RETRY_MS_MAX) * (1 + Math.random())) / 2;
}

/** @param unsent what an earlier page left */
export function createOutbox(options: OutboxOptions, unsent?: Unsent): Outbox {
  const box: Unsent = unsent ?? { key: newKey(), sid: "", failures: 0, told: [], events: [] };
  const sessions = `${options.server}/api/v1/sessions`;
  let isAllowed = false;
  let isReady = false;

  async function pump(): Promise<void> {
    const [event] = box.events;
    if (box.isBusy || !isAllowed || !isReady || !event) return;
    box.isBusy = true;
    // Before it can arrive: a page that is going says no more.
    options.keep?.(box);
    const isSettled = await settle(event, await send(event));
    box.isBusy = false;
    box.failures = isSettled ? 0 : box.failures + 1;
    options.keep?.(box);
    if (isSettled) return pump();
    addEventListener("online", pump, { once: true });
    setTimeout(pump, pauseMsAfter(box.failures));
  }

  /** Takes an event that was answered out of what waits. @returns whether it need not be sent again */
  async function settle(event: TrackedEvent, response: Response | undefined): Promise<boolean | undefined> {
    const status = response?.status ?? 0;
    if (response && status >= 400 && !isPassing(status)) {
      return options.use<Refusals, true>("refusal", (part) => part.settle(options, box, event, response));
    }
    box.sid ||= response?.headers.get("Location")?.split("/")[4] ?? "";
    guarded(() => options.settings.observe?.(event, status, box.sid))();
    if (isPassing(status)) return false;
    if (event.eventType !== "ping") box.told.push(event);
    // By now the page may have gone and come back: what waited then is gone with it.
    box.events = box.events.filter((each) => each !== event);
    return true;
  }

  function send(event: TrackedEvent, sid = box.sid): Promise<Response | undefined> {
    return sid ? post(`${sessions}/${sid}/events`, event) : post(sessions, event, box.key);
  }

  return {
    push(event) {
      // What isn't JSON can't be sent, now or later.
      JSON.stringify(event);
      if (event.eventType === "sessionStart") box.start = event;
      if (box.start) box.events.push(event);
      // After a failure the next attempt has its time.
      if (box.failures) options.keep?.(box);
      else pump();
    },
    allow(consents) {
      isAllowed = consents;
      if (!consents) delete box.start;
      pump();
    },
    ready() {
      isReady = true;
      pump();
    },
    flush() {
      if (!isAllowed || options.keep?.(box, true)) return;
      // A page that goes may not hear the answer to its start: the rest goes under the start's key, in place of the id,
      // and the whole session too, which opens one only if the start didn't.
      if (!box.sid && box.start) void post(`${options.server}/api/v1/downloaded`, box.events, box.key);
      for (const event of box.events) if (isReady && event !== box.start) void send(event, box.sid || box.key);
      box.events = [];
    },
  };
}
