/** Tests of players take minutes: they run by `bun run test:clients`, not with the common test command. */

import { describe } from "bun:test";

export const TEST_MS_MAX = 120_000;

export const describeClients: (name: string, tests: () => void) => void =
  process.env["CLIENTS"] === "full" ? describe : () => {};
