/** A small body of the admin API as JSON. */

import { parseJson } from "../../protocol/json-text.ts";
import { BodyError } from "../answer/errors.ts";

/** @throws BodyError that says the line and the column of what isn't JSON */
export function jsonIn(bytes: Uint8Array): unknown {
  const parsed = parseJson(bytes, "The body is empty; this path takes a JSON object");
  if ("value" in parsed) return parsed.value;
  throw new BodyError([{ pointer: "", ...parsed }]);
}
