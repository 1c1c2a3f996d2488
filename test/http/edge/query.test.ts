/** The address of an Edge request: what it names, however it is written. */

import { expect, test } from "bun:test";
import { edgeQueryOf } from "../../../src/http/edge/query.ts";

test.each([
  ["", {}],
  ["?", {}],
  ["?configId=a&requestId=r-1", { configId: "a", requestId: "r-1" }],
  ["?requestId=r-1&datastreamId=b", { configId: "b", requestId: "r-1" }],
  ["?datastreamId=b&configId=a", { configId: "a" }],
  ["?configId=a&configId=b", { configId: "a" }],
  ["?configId=a&requestId=r-1&x=1", { configId: "a", requestId: "r-1" }],
  ["?requestId=r-1?configId=a&requestId=r-2", {}],
  ["?xconfigId=a&debugSessionID=dbg", {}],
  ["?configId", {}],
  ["?configId=&datastreamId=b", {}],
  ["?configId=a=b", { configId: "a=b" }],
  ["?config%49d=a%20b&requestId=%72", { configId: "a b", requestId: "r" }],
  ["?configId=a+b", { configId: "a b" }],
  ["?configId=%00", {}],
  ["?requestId=not an id", {}],
] as const)("%s", (query, named) => {
  expect(edgeQueryOf({ url: `http://edge.example/ee/va/v1/play${query}` } as Request)).toEqual(named);
});
