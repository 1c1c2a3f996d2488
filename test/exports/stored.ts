/** Stores sessions with texts and numbers that formats stumble over, and reads exports of them. */

import { join } from "node:path";
import { openScratch } from "../../src/data-dir/scratch.ts";
import { type ExportRequest, follow, parseExportQuery } from "../../src/exports/query.ts";
import { type ExportOptions, exportStream } from "../../src/exports/stream.ts";
import { settlePending } from "../../src/ingest/settle.ts";
import type { Parameters } from "../../src/protocol/event.ts";
import type { Head, JournalStore } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { ArrivedEvent } from "../../src/store/store.ts";
import { adding, arrivedAt, closing, NOW_MS, newHead, openingWith, startOf } from "../store/writes.ts";
import { REQUIRED_PARAMS } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";

export const NASTY_TEXTS: readonly string[] = [
  "",
  " ",
  "plain",
  'quotes " and ""',
  "commas, and; semicolons",
  "lines\nof\r\nseveral\rkinds",
  "мểŧẳđαţả 漢字 🎬 e\u0301",
  "=HYPERLINK(1)",
  "+49 30 1234",
  "-1+cmd|' /C calc'!A0",
  "@SUM(A1)",
  "\tindented",
  "\rreturned",
  "-5",
  "+1.5e3",
  "null",
  "\\N",
  "'quoted",
  "true",
  "x".repeat(8000),
];

/** No type knows it. */
const UNDOCUMENTED: string = "odd";

export const NASTY_NUMBERS: readonly number[] = [
  0, -1, 0.1, 1e21, -1e-7, 5e-324, 1.7976931348623157e308, 9_007_199_254_740_991, 29.97,
];

export interface StoredScene extends AsyncDisposable {
  readonly store: JournalStore;
  readonly dataDir: string;
  /** The stored events by session, the start first. */
  readonly said: Map<string, readonly ArrivedEvent[]>;
  /** Stores a session with these events, and may end it. */
  add(events: readonly ArrivedEvent[], options?: AddOptions): Promise<Head>;
  /** Settles closed sessions. */
  settle(): Promise<void>;
  /** Reads a whole export as bytes. */
  bytes(request: ExportRequest, options?: Partial<ExportOptions>): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads the parsed lines of an ndjson export. */
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
  documents(request: ExportRequest): Promise<any[]>;
}

interface AddOptions {
  readonly params?: Parameters;
  readonly customMetadata?: Readonly<Record<string, string>>;
  readonly startedAtMs?: number;
  readonly open?: boolean;
}

export function storedScene(): StoredScene {
  const directory = tempDir();
  const store = openSqliteStore({ path: join(directory.path, "playhead.db"), synchronous: "NORMAL" });
  const said: StoredScene["said"] = new Map();
  const scene: StoredScene = {
    store,
    dataDir: directory.path,
    said,
    add: async (events, { params = {}, customMetadata, startedAtMs = NOW_MS, open = false } = {}) => {
      const head = newHead(startedAtMs);
      const members = { params: { ...REQUIRED_PARAMS, ...params }, ...(customMetadata && { customMetadata }) };
      const end = arrivedAt(1000, "sessionEnd", { receivedAtMs: startedAtMs + 1_000_000 } as object);
      await store.append([openingWith(head, members), adding(head, ...events)]);
      if (!open) await store.append([closing(head, end)]);
      said.set(head.sid, [startOf(head, members), ...events, ...(open ? [] : [end])]);
      return head;
    },
    settle: async () => {
      await settlePending({
        store,
        elapsedMs: () => performance.now(),
        steadyMs: () => NOW_MS,
        onFailure: (_, error) => {
          throw error;
        },
      });
    },
    bytes: async (request, options = {}) => {
      const { query } = follow(parseExportQuery(request), await store.watermark());
      const chunks: Uint8Array[] = [];
      const stream = exportStream({ store, query, openScratch: () => openScratch(directory.path), ...options });
      for await (const chunk of stream) chunks.push(chunk);
      return new Uint8Array(Buffer.concat(chunks));
    },
    documents: async (request) => linesOf(await scene.bytes({ ...request, format: "ndjson" })),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
  return scene;
}

/** Parses lines of ndjson. */
// biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
export function linesOf(bytes: Uint8Array): any[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  if (text === "") return [];
  if (!text.endsWith("\n")) throw new Error("The last line has no end");
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A session with each nasty text and number in every place for text and numbers. */
export async function addNasty(scene: StoredScene): Promise<void> {
  for (const [at, text] of NASTY_TEXTS.entries()) {
    const number = NASTY_NUMBERS[at % NASTY_NUMBERS.length] ?? 0;
    const params = {
      "media.name": text,
      "media.length": number,
      "media.resume": at % 2 === 0,
      "visitor.customerIDs": { [text || "empty"]: { id: text, authState: 1 } },
      // Documented for other events, so its type is unchecked here.
      "media.ad.length": text,
      [`own.${text.slice(0, 40)}`]: number,
    };
    const customMetadata = { [`key.${at}`]: text, empty: "" };
    await scene.add(
      [
        arrivedAt(1, "adBreakStart", { params: { "media.ad.podIndex": at, "media.ad.podSecond": number } }),
        arrivedAt(2, "adStart", { params: { "media.ad.id": text, "media.ad.length": number }, customMetadata }),
        arrivedAt(5, "adSkip", { unknownMembers: { extra: text, more: number, is: true } }),
        arrivedAt(6, "adBreakComplete"),
        arrivedAt(7, "play", { flags: ["unknown-parameter:a", `alias:${text.slice(0, 20)}`] }),
        arrivedAt(8, "chapterStart", { params: { "media.chapter.friendlyName": text, "media.chapter.index": 1.5 } }),
        arrivedAt(9, "stateStart", { params: { "media.state.name": `own${at}` } }),
        arrivedAt(11, "statesUpdate", {
          params: { statesEnd: [{ "media.state.name": `own${at}` }], statesStart: [{ [UNDOCUMENTED]: text }, {}] },
        }),
        arrivedAt(12, "error", { params: { "media.errorId": text, "media.errorSource": "player" } }),
        arrivedAt(20.5, "ping", { qoeData: { "media.qoe.bitrate": number, [UNDOCUMENTED]: text } }),
      ],
      { params, customMetadata, open: at % 3 === 0, startedAtMs: NOW_MS + at * 1000 },
    );
  }
  for (const reason of ["visitor", "session"] as const) {
    const head = newHead();
    await scene.store.append([openingWith(head, {})]);
    await scene.store.erase([head], NOW_MS, reason);
  }
  await scene.settle();
}
