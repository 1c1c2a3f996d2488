/** Gives out session numbers: each node takes a thousand at a time, and those that it leaves stay unused. */

import type { PostgresClient } from "./client.ts";
import type { Big } from "./rows.ts";

const BLOCK = 1000;

export class NumberBlocks {
  readonly #client: PostgresClient;
  #next = 1;
  #last = 0;

  constructor(client: PostgresClient) {
    this.#client = client;
  }

  /** Gives out some numbers, in order. */
  async take(count: number): Promise<number[]> {
    const taken: number[] = [];
    while (taken.length < count) {
      if (this.#next > this.#last) await this.#takeBlock();
      taken.push(this.#next);
      this.#next += 1;
    }
    return taken;
  }

  /** Abandons the block: the database has gone back in time, and gives out its numbers again. */
  leave(): void {
    this.#last = this.#next - 1;
  }

  async #takeBlock(): Promise<void> {
    const [row] = await this.#client.run<{ block: Big }>("SELECT nextval('session_blocks') AS block");
    this.#last = Number(row?.block) * BLOCK;
    this.#next = this.#last - BLOCK + 1;
  }
}
