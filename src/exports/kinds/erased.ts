/** One row per session that a person had erased, with no more than the hash of its id. */

import type { ErasedSid } from "../../store/store.ts";
import { exportKind } from "../kind.ts";

export const erased = exportKind<ErasedSid>({
  name: "erased",
  summary:
    "one row per session that was erased on request, for as long as that is kept; none for what retention deletes",
  rangeOf: "erasedAt",
  fields: [
    { name: "sidHash", type: "text", summary: "the `sidHash` of the session's row", of: ({ hash }) => hash },
    {
      name: "erasedAt",
      type: "instant",
      summary: "when it was erased, by the server's clock",
      of: ({ erasedAtMs }) => erasedAtMs,
    },
    {
      name: "reason",
      type: "text",
      summary: "`visitor`: all sessions of a visitor were erased; `session`: this one was",
      of: ({ reason }) => reason,
    },
  ],
  rows: (source) => source.erased(),
});
