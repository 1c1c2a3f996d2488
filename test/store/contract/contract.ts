/** What every store promises. */

import { describeChanges } from "./changes.ts";
import { describeErasure } from "./erasure.ts";
import { describeKeys } from "./keys.ts";
import { describeLog } from "./log.ts";
import { describeOpenings } from "./openings.ts";
import { describePages } from "./pages.ts";
import type { StoreScene } from "./scene.ts";
import { describeSessions } from "./sessions.ts";
import { describeTokens } from "./tokens.ts";

const PARTS = [
  describeSessions,
  describeLog,
  describeChanges,
  describeErasure,
  describePages,
  describeKeys,
  describeOpenings,
  describeTokens,
];

/** Describes all of it for the stores of one kind. */
export function describeStore(name: string, scene: () => Promise<StoreScene>): void {
  for (const describePart of PARTS) describePart(name, scene);
}
