/**
 * `tracker/offline.mjs`, loaded for `persist` alone: what could not be sent waits in the browser's storage.
 *
 * A session that never reached the server goes there whole, as downloaded content; of another, the rest of its events.
 * Each page holds a lock while it lives, so that no other sends what it still sends itself.
 */

import { guarded } from "./guard.ts";
import type { createOutbox, OutboxOptions, Unsent } from "./outbox.ts";
import { isPassing, post } from "./outbox.ts";

const PREFIX = "playhead:";
const RECORDS_MAX = 50;

interface KeeperOptions extends OutboxOptions {
  /** Asks the viewer. */
  readonly consents: () => Promise<boolean>;
}

/**
 * Sends what earlier pages left, once the viewer consents.
 *
 * @returns keeps what waits of a session after a failure, and what is left of what was kept
 */
export function openKeeper(options: KeeperOptions, open: typeof createOutbox): NonNullable<OutboxOptions["keep"]> {
  const { server, use, consents } = options;
  const { locks } = navigator;
  const held = new Set<string>();

  function keep(unsent: Unsent, leaves = false): boolean {
    unsent.id ??= unsent.key;
    const name = PREFIX + unsent.id;
    // Outside of secure contexts there are no locks, and two pages would send the same.
    if (!locks || (leaves && !waits(unsent, leaves))) return false;
    if (!held.has(name) && (!waits(unsent, leaves) || namesOfRecords().length >= RECORDS_MAX)) return false;
    store(name, unsent);
    if (!held.has(name)) hold(name);
    held.add(name);
    return true;
  }

  function store(name: string, unsent: Unsent): void {
    if (unsent.events.length > 0) localStorage.setItem(name, JSON.stringify({ ...unsent, isBusy: false, server }));
    else localStorage.removeItem(name);
  }

  /** To the end of the page. */
  function hold(name: string): void {
    locks.request(name, () => new Promise<never>(() => {})).catch(() => {});
  }

  /** Sends one record, unless another page lives that does. */
  async function send(name: string): Promise<void> {
    await locks.request(name, { ifAvailable: true }, async (lock) => {
      const text = lock && localStorage.getItem(name);
      if (!text) return;
      const record: Unsent & { server: string } = JSON.parse(text);
      if (record.server !== server) return;
      const isOpen = record.sid !== "" || (await hasArrived(server, record));
      if (isOpen) await sendOn(name, { ...record, failures: 0 });
      else if (isOpen === false) await sendWhole(server, name, record);
    });
  }

  function sendOn(name: string, unsent: Unsent): Promise<void> {
    return new Promise((resolve) => {
      const keep = (rest: Unsent) => {
        store(name, rest);
        if (rest.events.length === 0) resolve();
        return true;
      };
      const outbox = open({ server, use, settings: {}, keep }, unsent);
      outbox.allow(true);
      outbox.ready();
    });
  }

  async function resumeAll(): Promise<void> {
    if (await consents()) for (const name of namesOfRecords()) send(name).catch(() => {});
  }

  const resume = () => void resumeAll().catch(() => {});
  addEventListener("online", resume);
  resume();
  // Storage may be full, or forbidden.
  return guarded(keep);
}

/** Asks by an event under the start's key whether the start has arrived, though its page never heard. */
async function hasArrived(server: string, { key, events }: Unsent): Promise<boolean | undefined> {
  const response = await post(`${server}/api/v1/sessions/${key}/events`, events[1]);
  const { status = 0 } = response ?? {};
  return isPassing(status) ? undefined : status !== 404;
}

async function sendWhole(server: string, name: string, { key, events: [start, ...rest] }: Unsent): Promise<void> {
  const params = { ...start?.params, "media.downloaded": true };
  const response = await post(`${server}/api/v1/downloaded`, [{ ...start, params }, ...rest], key);
  if (!isPassing(response?.status ?? 0)) localStorage.removeItem(name);
}

/** Whether it is unknown that anything arrives: then it had better wait for another page. */
function waits({ failures, isBusy = false, sid }: Unsent, leaves: boolean): boolean {
  return failures > 0 || (leaves && isBusy && !sid);
}

function namesOfRecords(): string[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
}
