/**
 * A function of the engine's that counts the different viewers in a list.
 *
 * `count(DISTINCT …)` keeps each pair of a group and a viewer in tables of all of them, several times over. One group's
 * viewers fit into the processor's cache.
 *
 * @see docs/decisions/0026-hashes-for-texts.md
 */

import {
  type DuckDBDataChunk,
  DuckDBIntegerVector,
  DuckDBListVector,
  DuckDBScalarFunction,
  DuckDBUUIDVector,
  INTEGER,
  LIST,
  UUID,
} from "@duckdb/node-api";
import { assert } from "../../base/assert.ts";
import { VIEWERS_IN } from "./names.ts";

/** A viewer is 128 bits. */
const WORDS = 4;
/** Places of the table for each viewer of a list, at least. */
const PLACES_PER_VIEWER = 2;

export function viewersIn(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: VIEWERS_IN,
    parameterTypes: [LIST(UUID)],
    returnType: INTEGER,
    mainFunction: (_info, input, output) => {
      assert(output instanceof DuckDBIntegerVector, "it returns integers");
      const lists = listsIn(input);
      const table = new Int32Array(sizeFor(Math.max(0, ...lists.map(({ length }) => length / WORDS))));
      for (const [at, viewers] of lists.entries()) output.setItem(at, countDistinct(viewers, table));
      output.flush();
    },
  });
}

function listsIn(input: DuckDBDataChunk): Uint32Array[] {
  const column = input.getColumnVector(0);
  assert(column instanceof DuckDBListVector, "it takes lists");
  return Array.from({ length: input.rowCount }, (_, at) => {
    // No list stands for none of the rows.
    const viewers = column.getItemVector(at);
    if (!viewers) return new Uint32Array();
    assert(viewers instanceof DuckDBUUIDVector, "it takes lists of viewers");
    // The binding's own way to them makes an object of each.
    const { buffer, byteOffset, byteLength } = viewers["dataView"];
    return new Uint32Array(buffer, byteOffset, byteLength / Uint32Array.BYTES_PER_ELEMENT);
  });
}

/** A power of two, in whose table half of the places stay empty. */
function sizeFor(viewers: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, viewers) * PLACES_PER_VIEWER));
}

/** @param table a place has 0, or 1 more than where its viewer begins */
function countDistinct(viewers: Uint32Array, table: Int32Array): number {
  if (viewers.length <= WORDS) return viewers.length / WORDS;
  const last = sizeFor(viewers.length / WORDS) - 1;
  table.fill(0, 0, last + 1);
  let count = 0;
  for (let at = 0; at < viewers.length; at += WORDS) {
    // A viewer is a hash with a key, so its first bits spread evenly.
    let place = (viewers[at] ?? 0) & last;
    for (let known = table[place] ?? 0; known !== 0; known = table[place] ?? 0) {
      if (areSame(viewers, known - 1, at)) break;
      place = (place + 1) & last;
    }
    if (table[place] !== 0) continue;
    table[place] = at + 1;
    count += 1;
  }
  return count;
}

function areSame(words: Uint32Array, one: number, other: number): boolean {
  return (
    words[one] === words[other] &&
    words[one + 1] === words[other + 1] &&
    words[one + 2] === words[other + 2] &&
    words[one + 3] === words[other + 3]
  );
}
