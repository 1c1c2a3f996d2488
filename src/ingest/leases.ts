/** Leases share work among the processes that use one store. */

export interface Leases {
  /** Runs work unless another process has the lease. Doing it twice must be harmless: a lease only saves effort. */
  run(name: string, work: () => Promise<void>): Promise<void>;
}

/** For the only process that writes to its store: it has every lease. */
export const EVERY_LEASE: Leases = { run: (_, work) => work() };
