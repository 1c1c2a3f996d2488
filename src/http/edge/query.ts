/** What an Edge request says in its address. */

import { isRequestId } from "../../protocol/edge/request-id.ts";

const CONFIG_ID_CHARS_MAX = 200;

export interface EdgeQuery {
  /** The datastream, the tenant key; undefined where none is named. */
  readonly configId?: string;
  /** The id that the client gave the request, the same on its repeats; undefined where it gave none. */
  readonly requestId?: string;
}

/** Never by a URL parser, which a hostile Host header can break. */
export function edgeQueryOf({ url }: Request): EdgeQuery {
  const at = url.indexOf("?");
  if (at < 0) return {};
  const query = parametersOf(url.slice(at + 1));
  const configId = (query.get("configId") ?? query.get("datastreamId") ?? "").slice(0, CONFIG_ID_CHARS_MAX);
  const requestId = query.get("requestId");
  return {
    ...(configId !== "" && configId.isWellFormed() && !configId.includes("\0") && { configId }),
    ...(isRequestId(requestId) && { requestId }),
  };
}

/** Parameters by name; what the engine has for that costs as much as reading the body, and is for escapes alone. */
function parametersOf(text: string): { get(name: string): string | null | undefined } {
  if (text.includes("%") || text.includes("+")) return new URLSearchParams(text);
  const found = new Map<string, string>();
  for (const pair of text.split("&")) {
    const at = pair.indexOf("=");
    const name = at < 0 ? pair : pair.slice(0, at);
    if (!found.has(name)) found.set(name, at < 0 ? "" : pair.slice(at + 1));
  }
  return found;
}
