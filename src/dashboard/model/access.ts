/** What the token of this browser may do: what it may not is not offered. */

import { signal } from "@preact/signals";
import type { OwnToken } from "../api/answers.ts";
import { ask } from "../api/ask.ts";

/** Undefined until the server has said it: nothing that takes a right is offered before. */
export const access = signal<OwnToken | undefined>(undefined);

export async function loadAccess(): Promise<void> {
  access.value = undefined;
  access.value = await ask<OwnToken>("/admin/api/token").catch(() => undefined);
}

/** What it may see, in words; undefined where that is everything. */
export function rightsOf({ readOnly, reportSuite, channel }: Omit<OwnToken, "name" | "isAdmin">): string | undefined {
  const rights = [
    ...(readOnly ? ["read-only"] : []),
    ...(reportSuite === null ? [] : [`report suite ${reportSuite}`]),
    ...(channel === null ? [] : [`channel ${channel}`]),
  ];
  return rights.length === 0 ? undefined : rights.join(", ");
}
