/** An export as a stream of bytes: it reads only on demand, and its memory does not grow with its size. */

import type { Chunks } from "../base/stream.ts";
import { EXPORTS } from "./catalogue.ts";
import { confinedKind } from "./confines.ts";
import { gzip } from "./gzip.ts";
import type { ExportKind } from "./kind.ts";
import { parquet } from "./parquet.ts";
import type { ExportQuery } from "./query.ts";
import { type ExportStore, openSource, type SourceOptions } from "./source.ts";
import { csv, ndjson } from "./text.ts";

export interface ExportOptions {
  readonly store: ExportStore;
  readonly query: ExportQuery;
  /** Makes an empty directory for one export; disposing of it removes it with its files. */
  readonly openScratch: () => Disposable & { readonly path: string };
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onDamaged?: SourceOptions["onDamaged"];
  /** Ends the export: the stream throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Streams an export in chunks of some 64 KiB.
 *
 * @throws AppError `export-failed`, or as the store does
 */
export async function* exportStream(options: ExportOptions): Chunks {
  const chunks = formatted(confinedKind(EXPORTS[options.query.kind], options.query), options);
  yield* options.query.gzip ? gzip(chunks) : chunks;
}

async function* formatted({ columns, pages }: Pick<ExportKind, "columns" | "pages">, options: ExportOptions): Chunks {
  const rows = pages(openSource(options));
  switch (options.query.format) {
    case "ndjson":
      return yield* ndjson(rows);
    case "csv":
      return yield* csv(columns, rows, options.query);
    case "parquet": {
      using scratch = options.openScratch();
      return yield* parquet({ columns, pages: rows, directory: scratch.path, signal: options.signal });
    }
  }
}
