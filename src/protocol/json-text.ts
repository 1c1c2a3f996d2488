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

export const NO_UTF_8 = "The body is not valid UTF-8";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @param empty what an empty body is told */
export function parseJson(bytes: Uint8Array, empty: string): JsonText | Unreadable {
  const text = decode(bytes);
  return text === undefined ? { code: "utf-8", message: NO_UTF_8 } : parseText(text, empty);
}

/** The text of a body; undefined for one that isn't valid UTF-8. */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** As {@link parseJson}, of its text. */
export function parseText(text: string, empty: string): JsonText | Unreadable {
  try {
    return { value: JSON.parse(text), text };
  } catch {
    if (text.trim() === "") return { code: "json", message: empty };
    const fault = faultIn(text);
    return { code: "json", message: `The body is not JSON${fault === undefined ? "" : `: ${fault}`}` };
  }
}
