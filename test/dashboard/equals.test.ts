/** Filters that a click makes: each is read back as exactly the value that was clicked, whatever it is. */

import { describe, expect, test } from "bun:test";
import { equals } from "../../src/dashboard/model/equals.ts";
import { parseFilterText } from "../../src/reports/query/filter.ts";
import { HOSTILE_TEXTS } from "../support/hostile-texts.ts";

describe("a filter for one value", () => {
  test("says no value, and is no text that looks like it", () => {
    const read = (value: unknown) => parseFilterText(equals("media.name", value) ?? "", "filter[0]").values;
    expect([read(null), read("(not set)")]).toEqual([[null], ["(not set)"]]);
  });

  test.each(["film", " film ", "", '"film"', "'film'", '" x="', "a==b", ...HOSTILE_TEXTS.map(({ text }) => text)])(
    "is read back as %j",
    (value) => {
      const filter = equals("media.name", value) ?? "";
      expect(parseFilterText(filter, "filter[0]")).toMatchObject({ name: "media.name", values: [value] });
    },
  );
});
