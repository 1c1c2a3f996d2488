/** Whose session it is: every personal key counts, and only the whole id. */

import { describe, expect, test } from "bun:test";
import type { Parameters } from "../../src/protocol/event.ts";
import { PARAMETERS } from "../../src/protocol/parameters.ts";
import { isOfVisitor } from "../../src/protocol/personal.ts";

const PERSONAL = PARAMETERS.filter(({ personal }) => personal).map(({ key }) => key);

describe("a session is of a visitor", () => {
  test("whose id is in any personal key of the catalogue", () => {
    expect(PERSONAL).toHaveLength(5);
    for (const key of PERSONAL) {
      const value = key === "visitor.customerIDs" ? { login: { id: "v" }, crm: { id: "w" } } : "v";
      expect(isOfVisitor({ [key]: value }, "v")).toBe(true);
    }
    expect(isOfVisitor({ "visitor.customerIDs": { login: { id: "w" }, crm: { id: "v", authState: 1 } } }, "v")).toBe(
      true,
    );
  });

  const others: readonly (readonly [string, Parameters])[] = [
    ["nobody", {}],
    ["a longer id", { "analytics.visitorId": "vv" }],
    ["another case", { "analytics.visitorId": "V" }],
    ["the id in a key that isn't personal", { "media.id": "v" }],
    ["a name in customerIDs", { "visitor.customerIDs": { v: { id: "w" } } }],
    ["another member in customerIDs", { "visitor.customerIDs": { login: { id: "w", note: "v" } } }],
    ["a name in customerIDs without an id", { "visitor.customerIDs": { v: {} } }],
  ];
  for (const [name, params] of others) {
    test(`not of one for ${name}`, () => expect(isOfVisitor(params, "v")).toBe(false));
  }
});
