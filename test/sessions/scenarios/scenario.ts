/** The form of a scenario of the state machine. */

export interface Scenario {
  readonly name: string;
  /** As `table.ts` reads it. */
  readonly table: string;
  /** What the session comes to, where the table is about more than states. */
  readonly metrics: Readonly<Record<string, number | null>>;
}
