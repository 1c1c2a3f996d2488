/**
 * Keeps connections well below the limit of file descriptors: at that limit Bun spins, and the store finds none.
 *
 * Bun reports no connection before its first request, so the count is that of the process's open sockets.
 */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { MINUTE_MS } from "../base/units.ts";

/** The open descriptors of the process and their limit, as far as the system tells. */
interface Descriptors {
  readonly openFiles: number | undefined;
  readonly openFilesMax: number | undefined;
}

/** Where connections come in. */
export interface Door {
  /** Ends connections that wait for their next request. */
  closeIdle(): void;
  /** Takes no new connection; those that are there are answered. */
  close(): void;
  /** @throws Error when it can't now */
  open(): void;
}

export interface ConnectionLimitOptions {
  readonly connectionsMax: number;
  readonly descriptors: () => Descriptors;
  readonly door: Door;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 100;
/** Descriptors for everything but connections. */
const DESCRIPTORS_SPARED = 500;
/** The door opens again below this share of the bound, since connections come by the thousand. */
const OPEN_AGAIN_SHARE = 0.9;

/** Guards the door until it is disposed of, or not at all where the system doesn't count descriptors. */
export function limitConnections(options: ConnectionLimitOptions): Disposable {
  const { connectionsMax, descriptors, door, clock, log } = options;
  const { openFiles: others, openFilesMax } = descriptors();
  const max = Math.min(connectionsMax, connectionsAmong(openFilesMax));
  // Uncounted means too many: at the limit, some systems have no descriptor left to count with.
  const connections = () => (descriptors().openFiles ?? Number.POSITIVE_INFINITY) - (others ?? 0);
  let isOpen = true;
  let loggedAtMs = Number.NEGATIVE_INFINITY;

  function tell(message: string): void {
    if (clock.elapsedMs() - loggedAtMs < MINUTE_MS) return;
    loggedAtMs = clock.elapsedMs();
    log.warn(message, { connectionsMax: max });
  }

  function look(): void {
    const count = connections();
    if (isOpen && count > max) {
      tell("Too many connections: idle ones are closed, and new ones refused until some have gone");
      door.closeIdle();
      isOpen = connections() <= max;
      if (!isOpen) door.close();
    } else if (!isOpen && count < max * OPEN_AGAIN_SHARE) {
      try {
        door.open();
        isOpen = true;
      } catch (error) {
        tell(`The port could not be listened on again: ${String(error)}`);
      }
    }
  }

  if (others === undefined) return { [Symbol.dispose]: () => {} };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Where there are hardly more descriptors than that, half of them are kept free. */
function connectionsAmong(openFilesMax = Number.POSITIVE_INFINITY): number {
  return Math.max(openFilesMax - DESCRIPTORS_SPARED, Math.floor(openFilesMax / 2));
}
