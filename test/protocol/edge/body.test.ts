/** What a body that is beyond a bound is told. */

import { expect, test } from "bun:test";
import { createBodyReader } from "../../../src/protocol/edge/body.ts";

const LIMITS = { keysMax: 512, stringBytesMax: 8192, eventsMax: 1000 };

test("a large body of downloaded content is refused for its keys or its depth, at no place that it doesn't have", () => {
  const read = createBodyReader(LIMITS);
  const ids = Array.from({ length: 2000 }, (_, at) => ({ id: `id-${at}` }));
  const wide = { events: [{}, { xdm: { identityMap: { ECID: ids } } }] };
  const messages = [JSON.stringify(wide), `{"events":${"[".repeat(20_000)}`].map((text) =>
    read(new TextEncoder().encode(text), true),
  );
  expect(messages).toEqual([
    { message: "An event has at most 512 keys" },
    { message: "An event is nested at most 5 levels deep" },
  ]);
});
