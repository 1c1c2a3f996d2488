/**
 * Delivery: one event at a time, in order, until it is answered.
 *
 * An event may be sent again, since the server counts equal events once. A start and a whole session would count twice,
 * so they carry a key by which the server knows them again.
 */

import type { TrackedEvent, TrackSettings } from "./api.ts";
import { guarded } from "./guard.ts";
import { withPart } from "./part.ts";

const RETRY_MS = 1000;
const RETRY_MS_MAX = 30_000;
const ANSWER_MS_MAX = 10_000;

/** A session's events that have not been answered yet. */
export interface Unsent {
  readonly id: string;
  /** By which the server knows the start again. */
  key: string;
  /** Empty until the start is answered. */
  sid: string;
  /** Whether the start may have reached the server, though no answer came. */
  tried: boolean;
  start?: TrackedEvent | undefined;
  /** What the server has taken, but for pings. */
  told: TrackedEvent[];
  events: TrackedEvent[];
}

export interface OutboxOptions {
  readonly server: string;
  readonly settings: TrackSettings;
  /** Is told of what waits while nothing can be sent, and of the rest once something is. @returns whether it is kept */
  readonly keep: (unsent: Unsent, isSending: boolean) => boolean | undefined;
  /** What an earlier page left. */
  readonly unsent?: Unsent;
}

export interface Outbox {
  push(event: TrackedEvent): void;
  /** The viewer consents, or everything is forgotten: nothing is sent before. */
  allow(consents: boolean): void;
  /** The start says all that it will: nothing is sent before. */
  ready(): void;
  /** The page is going: sends what there is, and waits for no answer. */
  flush(): void;
}

/** Nobody's else, and nobody can guess it. */
function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** Sends a body as text, which no browser asks the server's leave for. @returns undefined when there was no answer */
export async function post(url: string, body: unknown, key?: string): Promise<Response | undefined> {
  try {
    return await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      keepalive: true,
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(key && { headers: { "Idempotency-Key": key } }),
    });
  } catch {
    return undefined;
  }
}

/** Whether the same may succeed later. */
export function isPassing(status: number): boolean {
  return !status || status === 408 || status === 429 || status >= 500;
}

export function createOutbox({ server, settings, keep, unsent }: OutboxOptions): Outbox {
  const key = newKey();
  const box: Unsent = unsent ?? { id: key, key, sid: "", tried: false, told: [], events: [] };
  const sessions = `${server}/api/v1/sessions`;
  let isAllowed = false;
  let isReady = false;
  let isBusy = false;
  let failures = 0;

  async function pump(): Promise<void> {
    const [event] = box.events;
    if (isBusy || !isAllowed || !isReady || !event) return;
    isBusy = true;
    if (!box.sid) {
      box.tried ||= navigator.onLine;
      // Before it can arrive: a page that is going says no more, and the next one would send the session whole.
      keep(box, true);
    }
    const response = await send(event);
    const status = response?.status ?? 0;
    const location = response?.headers.get("Location");
    if (location) box.sid = location.split("/")[4] as string;
    guarded(() => settings.observe?.(event, status, box.sid))();
    const isSettled = !isPassing(status) && (await settle(server, box, event, status));
    isBusy = false;
    keep(box, isSettled);
    if (isSettled) {
      failures = 0;
      return pump();
    }
    addEventListener("online", pump, { once: true });
    const waitMs = Math.min(RETRY_MS * 2 ** failures++, RETRY_MS_MAX);
    setTimeout(pump, waitMs * (0.5 + Math.random() / 2));
  }

  function send(event: TrackedEvent): Promise<Response | undefined> {
    return box.sid ? post(`${sessions}/${box.sid}/events`, event) : post(sessions, event, box.key);
  }

  return {
    push(event) {
      if (event.eventType === "sessionStart") box.start = event;
      if (box.start) box.events.push(event);
      // After a failure the next attempt has its time.
      if (failures) keep(box, false);
      else pump();
    },
    allow(consents) {
      isAllowed = consents;
      if (consents) pump();
      else close(box);
    },
    ready() {
      isReady = true;
      pump();
    },
    flush() {
      if (!isAllowed || (mayWait() && keep(box, false)) || (!box.sid && box.tried)) return;
      // What is under way outlives the page, and so does what is sent now.
      const rest = box.events.splice(isBusy ? 1 : 0);
      if (box.sid) for (const event of rest) void send(event);
      // Nobody will hear the answer to a start: the session goes as a whole.
      else void post(`${server}/api/v1/downloaded`, rest);
    },
  };

  /** While nobody knows whether anything arrives, it had better wait for another page. */
  function mayWait(): boolean {
    return failures > 0 || (isBusy && !box.sid);
  }
}

/** Takes an event that was answered out of what waits. @returns false where it must be answered again */
async function settle(server: string, box: Unsent, event: TrackedEvent, status: number): Promise<boolean> {
  const { start } = box;
  let next: readonly TrackedEvent[] = [];
  // A start that is refused takes its session with it.
  if (!box.sid) close(box);
  else if ((status === 404 || status === 410) && start && event.eventType !== "sessionEnd") {
    const reopened = await withPart<typeof import("./reopen.ts"), readonly TrackedEvent[]>(server, "reopen", (part) =>
      part.reopen(start, box.told, event),
    );
    if (!reopened) return false;
    next = reopened;
    if (next[0]) Object.assign(box, { key: newKey(), sid: "", told: [] });
  }
  if (event.eventType !== "ping" && !next[0]) box.told.push(event);
  // By now the page may have gone and come back: what waited then is gone with it.
  box.events = [...next, ...box.events.filter((each) => each !== event)];
  return true;
}

function close(box: Unsent): void {
  box.start = undefined;
  box.events = [];
}
