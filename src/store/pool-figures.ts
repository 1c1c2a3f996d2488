/** What a pool of connections is measured by. */

import { Histogram } from "../base/histogram.ts";

/** From an answer out of the server's memory to a read of a minute. */
const STATEMENT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class PoolFigures {
  readonly #connectionsMax: number;
  /** Statements that have no answer yet. */
  asked = 0;
  /** How many times all connections were thrown away, since one was silent or led to a standby. */
  thrownAway = 0;
  /** How long each statement took, its wait for a connection included. */
  readonly seconds = new Histogram(STATEMENT_SECONDS);

  constructor(connectionsMax: number) {
    this.#connectionsMax = connectionsMax;
  }

  /** Connections that a statement uses now. */
  get running(): number {
    return Math.min(this.asked, this.#connectionsMax);
  }

  /** Statements that wait for a connection. */
  get waiting(): number {
    return this.asked - this.running;
  }
}
