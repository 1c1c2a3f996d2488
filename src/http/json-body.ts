/** A small body of the admin API as JSON. */

import { faultIn } from "../protocol/json-fault.ts";
import { BodyError } from "./errors.ts";

/** @throws BodyError that says the line and the column of what isn't JSON */
export function jsonIn(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused("utf-8", "The body is not valid UTF-8");
  }
  try {
    return JSON.parse(text);
  } catch {
    if (text.trim() === "") throw refused("json", "The body is empty; this path takes a JSON object");
    const fault = faultIn(text);
    throw refused("json", `The body is not JSON${fault === undefined ? "" : `: ${fault}`}`);
  }
}

function refused(code: string, message: string): BodyError {
  return new BodyError([{ pointer: "", code, message }]);
}
