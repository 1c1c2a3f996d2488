/** A Worker that reads a store as the server's Workers do: it gets the file's path, and says when it has closed. */

import { openSqliteStoreForReading } from "../../src/store/sqlite/store.ts";

declare const self: Worker;

self.onmessage = async ({ data: path }: MessageEvent<string>) => {
  const store = openSqliteStoreForReading({ path, synchronous: "FULL" });
  await store.watermark();
  await store.listChanges({ afterRevision: 0, limit: 10 });
  await store.listClosed({ afterId: 0, limit: 10 });
  await store.listOpen();
  await store.close();
  postMessage("closed");
};
