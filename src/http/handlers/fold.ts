/** Folds a recorded session without storing it. */

import { SESSION_FORMATS } from "../../answers/session.ts";
import type { Parsed } from "../../protocol/collection/parse.ts";
import { BodyError } from "../answer/errors.ts";
import type { AdminHandler } from "../guard/auth.ts";
import type { Bodies } from "../read/body.ts";
import { readChoice, readQuery } from "../read/query.ts";
import type { RecordingOptions } from "../read/recording.ts";

export interface FoldContext {
  readonly folds: {
    readonly recording: (
      bytes: Uint8Array,
      format: RecordingOptions["format"],
      signal: AbortSignal,
    ) => Promise<Parsed<string>>;
  };
  readonly arrayBytesMax: number;
}

interface FoldHandlers {
  /** `POST /admin/api/fold` */
  readonly fold: AdminHandler;
}

export function foldHandlers({ folds, arrayBytesMax }: FoldContext, bodies: Bodies): FoldHandlers {
  return {
    fold: async (request, headers, server) => {
      const { format = "json" } = readQuery(request, ["format"]);
      const chosen = readChoice("format", format, SESSION_FORMATS);
      const bytes = await bodies.read(request, server, { bytesMax: arrayBytesMax });
      try {
        // Reading has restored the idle timeout of the connection; the fold may wait for others.
        server.timeout(request, 0);
        const folded = await folds.recording(bytes, chosen, request.signal);
        if ("problems" in folded) throw new BodyError(folded.problems);
        return new Response(folded.value, { headers: { ...headers, "Content-Type": "application/json" } });
      } finally {
        bodies.release(bytes);
      }
    },
  };
}
