/** The countries of addresses, by a database file in MaxMind's format (MMDB) that an operator brings. */

import { Reader, type Response } from "mmdb-lib";
import { RecentMap } from "../../base/recent-map.ts";
import { KIB } from "../../base/units.ts";

/** Finds the country of an address as two capital letters; undefined where the file knows none. */
export type Countries = (address: string) => string | undefined;

/** Where files have the country: MaxMind and DB-IP nest it, ip-location-db and IPinfo don't. */
interface CountryRecord {
  readonly country?: string | { readonly iso_code?: unknown };
  readonly country_code?: unknown;
}

/** Begins the description of a file, which stands at its end. */
const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
const MARKER_WITHIN_BYTES = 128 * KIB;
/** Decoded parts of the file. Those of countries are few; of cities the latest are enough. */
const PARTS_MAX = 10_000;
/** Name servers that the whole world asks: any file of countries knows one of them. */
const KNOWN_ADDRESSES = ["8.8.8.8", "193.0.14.129", "199.7.83.42", "202.12.27.33"];

/** Two letters; `XX`, `ZZ` and Tor's `T1` stand for none. */
const CODE = /^(?!XX|ZZ)[A-Z]{2}$/;

/** The country that a text names; undefined for anything else. */
export function countryIn(text: unknown): string | undefined {
  const code = typeof text === "string" ? text.trim().toUpperCase() : "";
  return CODE.test(code) ? code : undefined;
}

/** Opens a database. @throws Error that says what is wrong with it, as the end of a sentence */
export function openCountries(bytes: Buffer): Countries {
  if (bytes.subarray(-MARKER_WITHIN_BYTES).lastIndexOf(MARKER) < 0) {
    throw new Error("it is no MMDB file, or one that was cut off");
  }
  const reader = readerOf(bytes);
  const placeOf = (address: string) => reader.get(address) as CountryRecord | null;
  const known = KNOWN_ADDRESSES.flatMap((address) => placeOf(address) ?? []);
  if (known.length > 0 && known.every((place) => countryOf(place) === undefined)) {
    throw new Error(`it has no countries: its type is ${reader.metadata.databaseType}`);
  }
  return (address) => {
    try {
      return countryOf(placeOf(address));
    } catch {
      // A damaged part of the file costs the sessions there their country, and no more.
      return undefined;
    }
  };
}

function readerOf(bytes: Buffer): Reader<Response> {
  try {
    const reader = new Reader(bytes, { cache: new RecentMap(PARTS_MAX) });
    if (reader.metadata.searchTreeSize < bytes.length) return reader;
  } catch {
    // Told below.
  }
  throw new Error("it is damaged");
}

function countryOf(place: CountryRecord | null): string | undefined {
  const { country, country_code: code } = place ?? {};
  return countryIn(typeof country === "object" ? country.iso_code : country) ?? countryIn(code);
}
