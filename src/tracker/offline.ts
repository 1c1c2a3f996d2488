/**
 * `tracker/offline.mjs`, loaded for `persist` alone: what could not be sent waits in the browser's storage.
 *
 * A session that never reached the server goes there whole, as downloaded content; of another, the rest of its events.
 * Each page holds a lock while it lives, so that no other sends what it still sends itself.
 */

import { guarded } from "./guard.ts";
import type { createOutbox, Unsent } from "./outbox.ts";
import { isPassing, post } from "./outbox.ts";

const PREFIX = "playhead:";
const RECORDS_MAX = 50;

export interface Keeper {
  /** Keeps a session's events, or what is left of those that it has kept. @returns whether they are kept */
  keep(unsent: Unsent, isSending: boolean): boolean;
  /** Sends what earlier pages left. */
  resume(): void;
}

export function openKeeper(server: string, open: typeof createOutbox): Keeper {
  const { locks } = navigator;
  const held = new Set<string>();

  function keep(unsent: Unsent, isSending: boolean): boolean {
    // Outside of secure contexts there are no locks, and two pages would send the same.
    if (!locks) return false;
    const name = PREFIX + unsent.id;
    if (isSending && !held.has(name)) return false;
    if (!held.has(name) && namesOfRecords().length >= RECORDS_MAX) return false;
    store(name, unsent);
    if (!held.has(name)) hold(name);
    held.add(name);
    return true;
  }

  function store(name: string, unsent: Unsent): void {
    if (unsent.events.length > 0) localStorage.setItem(name, JSON.stringify({ ...unsent, server }));
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
      if (record.sid || record.tried) await sendOn(name, record);
      else await sendWhole(name, record);
    });
  }

  function sendOn(name: string, unsent: Unsent): Promise<void> {
    return new Promise((resolve) => {
      const keep = (rest: Unsent) => {
        store(name, rest);
        if (rest.events.length === 0) resolve();
        return true;
      };
      const outbox = open({ server, settings: {}, keep, unsent });
      outbox.allow(true);
      outbox.ready();
    });
  }

  async function sendWhole(name: string, { key, events: [start, ...rest] }: Unsent): Promise<void> {
    const params = { ...start?.params, "media.downloaded": true };
    const response = await post(`${server}/api/v1/downloaded`, [{ ...start, params }, ...rest], `${key}-whole`);
    if (!isPassing(response?.status ?? 0)) localStorage.removeItem(name);
  }

  function resume(): void {
    for (const name of namesOfRecords()) send(name).catch(() => {});
  }

  addEventListener("online", () => resume());
  // Storage may be full, or forbidden.
  return { keep: (unsent, isSending) => guarded(keep)(unsent, isSending) === true, resume };
}

function namesOfRecords(): string[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
}
