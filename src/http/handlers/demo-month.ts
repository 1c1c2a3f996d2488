/** The demo month: made-up viewers in a directory of their own, shown by a second server on this machine. */

import type { DemoMonth } from "../../answers/demo.ts";
import type { Store } from "../../store/store.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { json } from "../resource.ts";

export interface DemoMonthContext {
  readonly store: Store;
  readonly demoMonth: {
    view(): DemoMonth;
    /** Begins to make it, unless that has begun. */
    begin(): void;
  };
}

interface DemoMonthHandlers {
  /** `GET /admin/api/demo` */
  readonly get: AdminHandler;
  /** `POST /admin/api/demo` */
  readonly begin: AdminHandler;
}

/** As many sessions as a trial by hand leaves. */
const SESSIONS_MAX = 1;
const HAS_SESSIONS = "Cannot make a demo month: this server has sessions of its own; run playhead demo";

export function demoMonthHandlers({ store, demoMonth }: DemoMonthContext): DemoMonthHandlers {
  return {
    get: (_request, headers) => json(demoMonth.view(), headers),
    begin: async (_request, headers) => {
      // Filling blocks the main thread for moments, and players would wait.
      if (demoMonth.view().state === "none" && (await store.readExtent()).sessions > SESSIONS_MAX) {
        return json({ ...demoMonth.view(), problem: HAS_SESSIONS } satisfies DemoMonth, headers);
      }
      demoMonth.begin();
      return json(demoMonth.view(), headers);
    },
  };
}
