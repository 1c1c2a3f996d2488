/** The form of a row in the catalogue of events. */

import type { EventType } from "../event.ts";
import type { Parameter } from "../parameters.ts";

export interface EventDefinition {
  readonly type: EventType;
  /** The number that stands for the type in storage. Never reused, never changed. */
  readonly code: number;
  /** Older names that clients still send. */
  readonly aliases?: readonly string[];
  /** Whether the reference documents `customMetadata` on it. */
  readonly customMetadata?: true;
  readonly summary: string;
}

/** A definition with the rows of the key catalogue that its events carry. */
export interface CatalogueEntry extends EventDefinition {
  readonly params: readonly Parameter[];
  readonly paramsByKey: ReadonlyMap<string, Parameter>;
}
