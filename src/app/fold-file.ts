/** Folds a recorded session for a command: no data directory, no server. */

import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Config } from "../config.ts";
import { unreadable } from "../data-dir/unusable.ts";
import { foldRecording, METRIC_UNITS, type RecordedSession } from "../http/read/recording.ts";
import { recordingOptionsOf } from "./part-settings.ts";

export { METRIC_UNITS, type RecordedSession };

interface FoldFileOptions {
  /** Without one the recording is `text`. */
  readonly path: string | undefined;
  readonly text?: string;
  readonly format: "json" | "xdm";
}

/**
 * Folds the session that a file or a text holds.
 *
 * @throws AppError `file-unusable`, `body-too-large`, `invalid-body` that says what is wrong, a line for each problem
 */
export async function foldFile(config: Config, options: FoldFileOptions & { format: "json" }): Promise<RecordedSession>;
export async function foldFile(config: Config, options: FoldFileOptions): Promise<object>;
export async function foldFile(config: Config, { path, text = "", format }: FoldFileOptions): Promise<object> {
  const { arrayBytesMax } = config.limits;
  const bytes = path === undefined ? Buffer.from(text) : await readFile(path, arrayBytesMax);
  if (bytes.byteLength > arrayBytesMax) throw tooLarge(arrayBytesMax);
  const folded = foldRecording(bytes, { ...recordingOptionsOf(config), format, nowMs: systemClock.nowMs() });
  if ("value" in folded) return folded.value;
  const lines = folded.problems.map(({ pointer, message }) => (pointer === "" ? message : `${pointer} ${message}`));
  throw new AppError("invalid-body", `Cannot fold: the recording is refused\n${lines.join("\n")}`);
}

async function readFile(path: string, bytesMax: number): Promise<Uint8Array> {
  const file = Bun.file(path);
  try {
    // A device or a pipe has no size: one byte beyond the bound is read, and then refused.
    return await file.slice(0, bytesMax + 1).bytes();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function tooLarge(bytesMax: number): AppError {
  return new AppError(
    "body-too-large",
    `Cannot fold: a recording has at most ${bytesMax} bytes; fold one session, or set PLAYHEAD_ARRAY_BYTES_MAX`,
  );
}
