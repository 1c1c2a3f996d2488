/**
 * Imports an export of events, line by line: the way between servers, and between stores.
 *
 * Memory doesn't grow with the file. A bad line is reported and skipped; what the file as a whole shows to be no export
 * of events, or one of a newer version, ends the import.
 */

import { AppError } from "../base/errors.ts";
import { isBlank, type Line, linesOf } from "../base/lines.ts";
import { type Chunks, streamOf } from "../base/stream.ts";
import { nextTurn } from "../base/turn.ts";
import { KIB } from "../base/units.ts";
import { type Parsed, readJson } from "../protocol/collection/parse.ts";
import type { Problem } from "../protocol/problem.ts";
import type { TextLimits } from "../protocol/text.ts";
import { createExportedReader, type ExportedEvent, NEWER } from "./exported.ts";
import type { Import, ImportOutcome, Intake } from "./intake.ts";

export interface ImportOptions {
  /** The file, compressed or not. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly intake: Pick<Intake, "openImport">;
  readonly limits: ImportLimits;
  /** Checks and counts, and stores nothing. */
  readonly isDryRun: boolean;
  /** Ends at the first bad line. */
  readonly isStrict: boolean;
  /** Told of each bad line, until there are {@link PROBLEMS_TOLD_MAX}. */
  readonly onProblem: (problem: LineProblem) => void;
  /** Asked after each line: what was read by then is stored still. */
  readonly isStopped: () => boolean;
}

export interface ImportLimits extends TextLimits {
  readonly lineBytesMax: number;
  readonly openSessionsMax: number;
}

export interface LineProblem {
  readonly line: number;
  readonly message: string;
}

/** What became of sessions, or of events. */
interface Counts {
  stored: number;
  /** They were there already. */
  present: number;
  /** A person has had them erased here. */
  erased: number;
  /** Retention has taken their events, here or where they were exported. */
  trimmed: number;
}

export interface ImportSummary {
  readonly lines: number;
  /** Counted by their starts. */
  readonly sessions: Readonly<Counts>;
  /** Without the starts. */
  readonly events: Readonly<Counts>;
  /** Bad lines. */
  readonly refused: number;
  /** Whether the file was read to its end. */
  readonly finished: boolean;
}

export const PROBLEMS_TOLD_MAX = 100;
const LINES_PER_SLICE = 500;
const BYTES_PER_SLICE = 512 * KIB;
/** As much takes a millisecond or two to parse. */
const BYTES_PER_TURN = 64 * KIB;

/**
 * Imports a file.
 *
 * @throws AppError `invalid-body` for what is no export of events, one of a newer version, or a bad line if strict
 * @throws AppError `overloaded` while another import is under way
 * @throws what `chunks` throws; what was stored by then stays, and the same file brings the rest
 */
export async function importEvents(options: ImportOptions): Promise<ImportSummary> {
  const target = options.intake.openImport({
    isDryRun: options.isDryRun,
    openSessionsMax: options.limits.openSessionsMax,
  });
  const importing = new Importer(options, target);
  let isWhole = false;
  try {
    isWhole = await importing.run();
  } finally {
    await target.end(isWhole);
  }
  return importing.summary(isWhole);
}

interface Pending {
  readonly line: number;
  readonly event: ExportedEvent;
}

class Importer {
  readonly #options: ImportOptions;
  readonly #target: Import;
  readonly #read: (bytes: Uint8Array) => Parsed<ExportedEvent>;
  readonly #sessions = newCounts();
  readonly #events = newCounts();
  #lines = 0;
  #refused = 0;
  #slice: Pending[] = [];
  #sliceBytes = 0;
  #turnBytes = 0;
  /** The latest line of each session in the slice. */
  readonly #seqs = new Map<string, number>();

  constructor(options: ImportOptions, target: Import) {
    const { limits } = options;
    this.#options = options;
    this.#target = target;
    const read = createExportedReader(limits);
    this.#read = (bytes) => {
      const body = readJson(bytes, { ...limits, keysMax: 2 * limits.keysMax + MEMBERS_MAX, eventsMax: 1 });
      return "problems" in body ? body : read(body.value, "");
    };
  }

  /** @returns whether the file was read to its end */
  async run(): Promise<boolean> {
    const { chunks, limits, isStopped } = this.#options;
    for await (const line of linesOf(decompressed(chunks), limits.lineBytesMax)) {
      this.#lines = line.number;
      const bytes = line.bytes?.byteLength ?? 0;
      const event = line.bytes && isBlank(line.bytes) ? undefined : this.#parse(line);
      if (event) await this.#add({ line: line.number, event }, bytes);
      this.#turnBytes += bytes;
      if (this.#turnBytes >= BYTES_PER_TURN) {
        this.#turnBytes = 0;
        await nextTurn();
      }
      if (!isStopped()) continue;
      await this.#flush();
      return false;
    }
    await this.#flush();
    return true;
  }

  summary(finished: boolean): ImportSummary {
    return { lines: this.#lines, sessions: this.#sessions, events: this.#events, refused: this.#refused, finished };
  }

  #parse({ number, bytes }: Line): ExportedEvent | undefined {
    if (!bytes) {
      this.#refuse(number, `is longer than ${this.#options.limits.lineBytesMax} bytes`);
      return undefined;
    }
    if (number === 1) refuseOtherForms(bytes);
    const parsed = this.#read(bytes);
    if ("value" in parsed) return parsed.value;
    const [problem] = parsed.problems;
    if (problem?.code === NEWER) throw refusal(number, `${problem.pointer} ${problem.message}; update Playhead first`);
    this.#refuse(number, wordsOf(problem));
    return undefined;
  }

  async #add(pending: Pending, bytes: number): Promise<void> {
    const { sid, seq } = pending.event;
    // A session that comes from its start again is looked for in the store, where this slice isn't yet.
    if (seq <= (this.#seqs.get(sid) ?? -1)) await this.#flush();
    this.#seqs.set(sid, seq);
    this.#slice.push(pending);
    this.#sliceBytes += bytes;
    if (this.#slice.length >= LINES_PER_SLICE || this.#sliceBytes >= BYTES_PER_SLICE) await this.#flush();
  }

  async #flush(): Promise<void> {
    const slice = this.#slice;
    this.#slice = [];
    this.#sliceBytes = 0;
    this.#seqs.clear();
    if (slice.length === 0) return;
    const outcomes = await this.#target.take(slice.map(({ event }) => event));
    for (const [at, { line, event }] of slice.entries()) {
      const outcome = outcomes[at] as ImportOutcome;
      const counts = event.event.type === "sessionStart" ? this.#sessions : this.#events;
      if (typeof outcome === "string") counts[outcome] += 1;
      else this.#refuse(line, `is refused: ${outcome.refused}`);
    }
  }

  #refuse(line: number, message: string): void {
    const { isStrict, onProblem } = this.#options;
    if (isStrict) throw refusal(line, message);
    this.#refused += 1;
    if (this.#refused <= PROBLEMS_TOLD_MAX) onProblem({ line, message });
  }
}

/** Keys of a line beside those of its event. */
const MEMBERS_MAX = 32;
const GZIP = [0x1f, 0x8b];
const PARQUET = "PAR1";
const CSV = /^"?sid"?,/;

function newCounts(): Counts {
  return { stored: 0, present: 0, erased: 0, trimmed: 0 };
}

function refusal(line: number, message: string): AppError {
  return new AppError("invalid-body", `Cannot import: line ${line} ${message}`);
}

function wordsOf(problem: Problem | undefined): string {
  if (!problem) return "is refused";
  // A line is read as if it were the first of a file.
  const message = problem.message.replace(/^The body /, "").replace("line 1, column", "column");
  return problem.pointer === "" ? message : `has ${problem.pointer}, which ${message}`;
}

/** Exports in another form, or of something else. */
function refuseOtherForms(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes.subarray(0, KIB));
  const why = text.startsWith(PARQUET)
    ? "this is Parquet"
    : CSV.test(text)
      ? "this is CSV"
      : text.startsWith("{") && /"status":|"ordinal":/.test(text) && !text.includes('"type":')
        ? "this is no export of events"
        : undefined;
  if (why) throw new AppError("invalid-body", `Cannot import: ${why}; use playhead export events --format ndjson`);
}

/** The chunks of a file; of one that gzip has compressed, what was compressed. */
async function* decompressed(chunks: AsyncIterable<Uint8Array>): Chunks {
  const reader = chunks[Symbol.asyncIterator]();
  try {
    const first = await reader.next();
    if (first.done) return;
    const all = from(first.value, reader);
    if (GZIP.every((byte, at) => first.value[at] === byte)) yield* decompressedFrom(all);
    else yield* all;
  } finally {
    await reader.return?.();
  }
}

async function* from(first: Uint8Array, reader: AsyncIterator<Uint8Array>): Chunks {
  yield first;
  for (let next = await reader.next(); !next.done; next = await reader.next()) yield next.value;
}

async function* decompressedFrom(all: Chunks): Chunks {
  let failure: unknown;
  const compressed = streamOf(
    noting(all, (error) => {
      failure = error;
    }),
  );
  try {
    // Their types know nothing of each other.
    yield* compressed.pipeThrough(new DecompressionStream("gzip") as never) as unknown as Chunks;
  } catch (cause) {
    if (failure !== undefined) throw failure;
    throw new AppError("invalid-body", "Cannot import: the gzip stream is damaged or cut off", { cause });
  }
}

/** Tells of an error of the source, which the stream behind would take for one of its own. */
async function* noting(chunks: Chunks, onError: (error: unknown) => void): Chunks {
  try {
    yield* chunks;
  } catch (error) {
    onError(error);
    throw error;
  }
}
