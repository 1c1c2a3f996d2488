/** Databases of countries as different makers write them, and files that are none. */

import { describe, expect, test } from "bun:test";
import { countryIn, openCountries } from "../../../src/http/viewer/countries.ts";
import { mmdb } from "../../support/mmdb.ts";

const GERMANY = { country: { iso_code: "DE", names: { en: "Germany" } } };
const BYTES = mmdb({
  "81.2.69.0/24": GERMANY,
  "81.2.70.0/23": { country_code: "GB" },
  "2001:db8::/32": { country: "FR" },
  "192.0.2.0/24": { registered_country: { iso_code: "AU" } },
  "198.51.100.0/24": { country_code: "ZZ" },
});

describe("the country of an address", () => {
  const rows = [
    ["as MaxMind and DB-IP have it", "81.2.69.160", "DE"],
    ["as ip-location-db has it", "81.2.71.1", "GB"],
    ["as IPinfo has it, of IPv6", "2001:db8:1::1", "FR"],
    ["not by where its network is registered", "192.0.2.1", undefined],
    ["none for the code of none", "198.51.100.1", undefined],
    ["none for an unknown address", "203.0.113.1", undefined],
    ["none for an unknown IPv6 address", "2001:db9::1", undefined],
    ["none without an address", "", undefined],
  ] as const;
  const countries = openCountries(BYTES);
  test.each(rows)("is found %s", (_, address, country) => {
    expect(countries(address)).toBe(country as string);
    expect(countries(address)).toBe(country as string);
  });

  test("is read from two letters alone", () => {
    const texts = ["de", " AT ", "XX", "T1", "DEU", "", "D", "<b>", "ÄÖ", null, undefined, 5];
    expect(texts.map(countryIn)).toEqual(["DE", "AT", ...Array(10).fill(undefined)]);
  });

  test("costs the sessions of a damaged part their country alone", () => {
    const bytes = Buffer.from(BYTES);
    // The type of this text becomes one that there isn't.
    bytes[bytes.indexOf("DE") - 1] = 0;
    const damaged = openCountries(bytes);
    expect(damaged("81.2.69.160")).toBeUndefined();
    expect(damaged("81.2.71.1")).toBe("GB");
  });
});

describe("a file is refused", () => {
  const asns = mmdb({ "8.8.8.0/24": { autonomous_system_number: 15_169 } }, "GeoLite2-ASN");
  const broken = BYTES.subarray(BYTES.lastIndexOf("MaxMind.com") - 3);
  const rows: readonly (readonly [what: string, bytes: Buffer, why: string])[] = [
    ["that is empty", Buffer.alloc(0), "it is no MMDB file, or one that was cut off"],
    ["of something else", Buffer.from("a,b\n".repeat(1000)), "it is no MMDB file, or one that was cut off"],
    [
      "that was cut off",
      BYTES.subarray(0, BYTES.lastIndexOf("MaxMind.com")),
      "it is no MMDB file, or one that was cut off",
    ],
    ["that lost its beginning", broken, "it is damaged"],
    ["without a description", BYTES.subarray(0, BYTES.lastIndexOf("MaxMind.com") + 11), "it is damaged"],
    ["that has no countries", asns, "it has no countries: its type is GeoLite2-ASN"],
  ];
  test.each(rows)("%s", (_, bytes, why) => {
    expect(() => openCountries(bytes)).toThrow(why);
  });
});
