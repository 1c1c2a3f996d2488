/** A log that drops its entries, for parts that need one. */

import type { Log } from "../../src/base/log.ts";

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
