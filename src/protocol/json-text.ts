/** Reads a body as JSON, and words what keeps it from being that. */

import { faultIn } from "./json-fault.ts";

interface JsonText {
  readonly value: unknown;
  readonly text: string;
}

interface Unreadable {
  readonly code: "utf-8" | "json";
  /** With line and column. */
  readonly message: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @param empty what an empty body is told */
export function parseJson(bytes: Uint8Array, empty: string): JsonText | Unreadable {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { code: "utf-8", message: "The body is not valid UTF-8" };
  }
  try {
    return { value: JSON.parse(text), text };
  } catch {
    if (text.trim() === "") return { code: "json", message: empty };
    const fault = faultIn(text);
    return { code: "json", message: `The body is not JSON${fault === undefined ? "" : `: ${fault}`}` };
  }
}
