/** What the token of this browser may do, so that the page offers no more. */

import { signal } from "@preact/signals";
import type { OwnToken } from "../api/answers.ts";
import { ask } from "../api/ask.ts";

/** Undefined until the server has said it: until then the page offers nothing that requires a right. */
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
