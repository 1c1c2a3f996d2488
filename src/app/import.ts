/** Imports a file for a command: itself, or through the server that uses the data directory. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { type Chunks, streamOf } from "../base/stream.ts";
import type { Config } from "../config.ts";
import { makeDataDir } from "../data-dir/directory.ts";
import { databasePathOf } from "../data-dir/paths.ts";
import { askServer } from "../data-dir/running-server.ts";
import { unreadable } from "../data-dir/unusable.ts";
import type { ImportAnswer } from "../http/handlers/import.ts";
import { type ImportOptions, type ImportSummary, importEvents } from "../ingest/importer.ts";
import { openAlone } from "./alone.ts";
import { importLimitsOf } from "./part-settings.ts";

export type { ImportSummary };

interface ImportFileOptions extends Pick<ImportOptions, "isDryRun" | "isStrict" | "onProblem"> {
  /** A file, or the stream of standard input. */
  readonly from: string | ReadableStream<Uint8Array>;
  readonly clock?: Clock;
  readonly log: Log;
  /** Called with the bytes read, and the size of a file. */
  readonly onProgress: (done: number, total: number) => void;
  /** Called before the file is read again, to compare it with what is stored. */
  readonly onCompare: () => void;
  /** Ends the import once it resolves; sessions stored by then stay. */
  readonly stopped: Promise<void>;
}

/** What an import did, and what the comparison at its end found. */
export interface ImportedFile extends ImportSummary {
  /** Lines that are not stored as the file has them; undefined if nothing was compared. */
  readonly differing?: number;
}

/**
 * Imports an export of events. Then a dry run of the same file compares each session and event with what is stored;
 * standard input comes only once, and isn't compared.
 *
 * @throws AppError `file-unusable`, `server-unreachable`, `data-dir-unusable`, or as `importEvents`
 */
export async function importFile(config: Config, options: ImportFileOptions): Promise<ImportedFile> {
  const { from, isDryRun, onCompare } = options;
  const summary = await importOnce(config, options);
  if (isDryRun || !summary.finished || typeof from !== "string") return summary;
  onCompare();
  const found = await importOnce(config, { ...options, isDryRun: true, isStrict: false, onProblem: () => {} });
  if (!found.finished) return { ...summary, finished: false };
  const refused = Math.max(0, found.refused - summary.refused);
  return { ...summary, differing: found.sessions.stored + found.events.stored + refused };
}

async function importOnce(config: Config, options: ImportFileOptions): Promise<ImportSummary> {
  const chunks = await openInput(options);
  const { clock = systemClock, log, stopped } = options;
  await using open = new AsyncDisposableStack();
  const path = pathFor(config, options, open);
  const core = await openAlone(config, { clock, log, open, path });
  if (!core) return importThroughServer(config, chunks, options);
  const { intake } = core;
  let isStopped = false;
  void stopped.then(() => {
    isStopped = true;
  });
  return await importEvents({
    ...options,
    chunks,
    intake,
    limits: importLimitsOf(config),
    isStopped: () => isStopped,
  });
}

/** Finds the file, or begins one. A dry run without a data directory uses an empty file that it removes. */
function pathFor({ storage }: Config, { isDryRun }: ImportFileOptions, open: AsyncDisposableStack): () => string {
  return () => {
    const path = databasePathOf(storage);
    if (!isDryRun) makeDataDir(storage.dataDir);
    if (!isDryRun || existsSync(path)) return path;
    const dataDir = mkdtempSync(join(tmpdir(), "playhead-import-"));
    open.defer(() => rmSync(dataDir, { recursive: true, force: true }));
    return databasePathOf({ dataDir });
  };
}

async function importThroughServer(
  config: Config,
  chunks: Chunks,
  { isDryRun, isStrict, onProblem, stopped }: ImportFileOptions,
): Promise<ImportSummary> {
  const stopping = new AbortController();
  void stopped.then(() => stopping.abort());
  const path = `/admin/api/import?dryRun=${isDryRun}&strict=${isStrict}`;
  const { adminToken } = config.admin;
  const request = { path, body: streamOf(chunks), adminToken, signal: stopping.signal };
  const { problems, ...summary } = (await askServer(config.storage.dataDir, request)) as ImportAnswer;
  for (const problem of problems) onProblem(problem);
  return summary;
}

/** Opens the input before anything else, so that a wrong name makes no data directory. */
async function openInput({ from, onProgress }: ImportFileOptions): Promise<Chunks> {
  if (typeof from !== "string") return counting(from, () => {});
  const file = Bun.file(from);
  try {
    const { size } = await file.stat();
    // A missing or unreadable file fails here.
    await file.slice(0, 1).bytes();
    return counting(file.stream(), (done) => onProgress(done, size));
  } catch (cause) {
    throw unreadable(from, cause);
  }
}

async function* counting(stream: ReadableStream<Uint8Array>, onRead: (bytes: number) => void) {
  let bytes = 0;
  for await (const chunk of stream) {
    yield chunk;
    bytes += chunk.byteLength;
    onRead(bytes);
  }
}
