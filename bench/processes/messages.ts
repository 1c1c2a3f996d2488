/** What HTTP processes and the one process that writes say to each other; each message is a turn of the loop's worth. */

import type { PlayerEvent } from "../../src/protocol/event.ts";

/** A request that has been validated: a start, or an event of a session. */
export interface Asked {
  readonly id: number;
  readonly sid: string | undefined;
  readonly event: PlayerEvent;
}

/** What became of it: the sid of what was opened, or the code of what went wrong. */
export interface Answered {
  readonly id: number;
  readonly sid?: string;
  readonly code?: string;
}

/** From an HTTP process, once it listens. */
export interface Listening {
  readonly port: number;
}

/** Sends things together that come in one turn of the loop. */
export function inTurns<T>(send: (things: readonly T[]) => void): (thing: T) => void {
  let things: T[] = [];
  return (thing) => {
    things.push(thing);
    if (things.length > 1) return;
    setImmediate(() => {
      const sent = things;
      things = [];
      send(sent);
    });
  };
}
