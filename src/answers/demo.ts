/** The demo month beside a server. */

/** `GET /admin/api/demo` */
export interface DemoMonth {
  readonly state: "none" | "filling" | "ready" | "failed";
  /** Sessions that are stored. */
  readonly done: number;
  readonly total: number;
  /** Where it listens, on the server's own machine alone; null before it is ready. */
  readonly port: number | null;
  /** Why there is none. */
  readonly problem: string | null;
}
