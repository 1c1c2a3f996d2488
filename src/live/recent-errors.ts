/** Which players the latest errors came from. */

import { MINUTE_MS } from "../base/units.ts";

/** A player, undefined where its sessions name none or a restart has forgotten it. */
type PlayerName = string | undefined;

/** A player's share of the errors. */
export interface ErrorPlayer {
  readonly player: string | null;
  readonly share: number;
}

/** More errors in a minute would say the same. */
const KEPT_MAX = 200;
const PLAYERS_MAX = 3;

export class RecentErrors {
  /** A ring, so that each error costs the same. */
  readonly #kept: { readonly at: number; readonly player: PlayerName }[] = [];
  #next = 0;

  add(at: number, player: PlayerName): void {
    this.#kept[this.#next] = { at, player };
    this.#next = (this.#next + 1) % KEPT_MAX;
  }

  /** The players that met most of the last minute's errors, or of the latest 200 of them. */
  players(nowMs: number): ErrorPlayer[] {
    const latest = this.#kept.filter(({ at }) => at > nowMs - MINUTE_MS);
    return [...Map.groupBy(latest, ({ player }) => player)]
      .map(([player, { length }]) => ({ player: player ?? null, share: length / latest.length }))
      .toSorted((a, b) => b.share - a.share)
      .slice(0, PLAYERS_MAX);
  }
}
