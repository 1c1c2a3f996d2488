/** Imports another server's export of events. */

import { AppError } from "../../base/errors.ts";
import type { Chunks } from "../../base/stream.ts";
import { SECOND_MS } from "../../base/units.ts";
import { type ImportLimits, type ImportSummary, importEvents, type LineProblem } from "../../ingest/importer.ts";
import type { Intake } from "../../ingest/intake.ts";
import { UnreadError } from "../answer/errors.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { cutShort, tooLarge } from "../read/body.ts";
import { encodingOf } from "../read/content-encoding.ts";
import { readChoice, readQuery } from "../read/query.ts";
import { json } from "../resource.ts";

export interface ImportContext {
  readonly intake: Intake;
  readonly importLimits: ImportLimits;
  /** The largest body. */
  readonly importBytesMax: number;
  /** How long a body may stall. */
  readonly bodySecondsMax: number;
  readonly isServing: () => boolean;
}

interface ImportHandlers {
  /** `POST /admin/api/import` */
  readonly import: AdminHandler;
}

/** `POST /admin/api/import`: the summary, and the first of the bad lines. */
export interface ImportAnswer extends ImportSummary {
  readonly problems: readonly LineProblem[];
}

export const SWITCH = ["false", "true"] as const;

export function importHandlers(context: ImportContext): ImportHandlers {
  const { intake, importLimits, isServing } = context;
  return {
    import: async (request, headers) => {
      const { dryRun = "false", strict = "false" } = readQuery(request, ["dryRun", "strict"]);
      const isDryRun = readChoice("dryRun", dryRun, SWITCH) === "true";
      const isStrict = readChoice("strict", strict, SWITCH) === "true";
      refuseOtherEncodings(request);
      const problems: LineProblem[] = [];
      try {
        const summary = await importEvents({
          chunks: chunksOf(request, context),
          intake,
          limits: importLimits,
          isDryRun,
          isStrict,
          onProblem: (problem) => problems.push(problem),
          isStopped: () => !isServing(),
        });
        if (!summary.finished) throw new AppError("overloaded", "Cannot go on: the server is stopping; import again");
        return json({ ...summary, problems } satisfies ImportAnswer, headers);
      } catch (error) {
        // Bun would receive the rest of the body for ever.
        throw error instanceof AppError ? new UnreadError(error.code, error.message) : error;
      }
    },
  };
}

/** The importer itself detects gzip, since a file on the command line has no header for it. */
function refuseOtherEncodings(request: Request): void {
  const encoding = encodingOf(request);
  if (encoding === undefined || encoding === "gzip") return;
  throw new UnreadError(
    "encoding-unsupported",
    `Cannot import what is encoded as ${encoding}: use gzip or no encoding`,
  );
}

/** @throws AppError `body-too-large`, `body-too-slow`, `invalid-body` when the client went away before its end */
async function* chunksOf(request: Request, { importBytesMax, bodySecondsMax }: ImportContext): Chunks {
  if (request.body === null) return;
  const reader = request.body.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const piece = await within(bodySecondsMax, reader.read());
      if (piece.done) return;
      bytes += piece.value.byteLength;
      if (bytes > importBytesMax) throw tooLarge(importBytesMax);
      yield piece.value;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw cutShort(error);
  } finally {
    void reader.cancel().catch(() => {});
  }
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new AppError("body-too-slow", `The body brought nothing for ${seconds} s`);
    timer = setTimeout(() => reject(error), seconds * SECOND_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
