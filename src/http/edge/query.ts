/** Reads what an Edge request says in its address. */

import { isRequestId } from "../../protocol/edge/request-id.ts";

const CONFIG_ID_CHARS_MAX = 200;

export interface EdgeQuery {
  /** The datastream, the tenant key; undefined where none is named. */
  readonly configId?: string | undefined;
  /** The id that the client gave the request, the same on its repeats; undefined where it gave none. */
  readonly requestId?: string | undefined;
}

/** What the Web SDK sends. */
const USUAL = /^[^?]*\?configId=([\w.-]{1,200})&requestId=([\w.:-]{1,100})$/;
const CONFIG_ID = "configId=";
const DATASTREAM_ID = "datastreamId=";
const REQUEST_ID = "requestId=";

/** Reads the query, never by a URL parser, which a hostile Host header can break. */
export function edgeQueryOf({ url }: Request): EdgeQuery {
  const usual = USUAL.exec(url);
  if (usual) return { configId: usual[1], requestId: usual[2] };
  const at = url.indexOf("?");
  if (at < 0) return {};
  const query = url.slice(at);
  // The engine's own parser costs as much as reading the body, so only escapes need it.
  const escaped = query.includes("%") || query.includes("+") ? new URLSearchParams(query) : undefined;
  const find = (name: string) => (escaped ? escaped.get(name.slice(0, -1)) : plainValue(query, name)) ?? undefined;
  const configId = (find(CONFIG_ID) ?? find(DATASTREAM_ID) ?? "").slice(0, CONFIG_ID_CHARS_MAX);
  const requestId = find(REQUEST_ID);
  const isConfigId = configId !== "" && configId.isWellFormed() && !configId.includes("\0");
  return {
    configId: isConfigId ? configId : undefined,
    requestId: isRequestId(requestId) ? requestId : undefined,
  };
}

/** Finds the first parameter of a name. @param query with its question mark @param name with its equals sign */
function plainValue(query: string, name: string): string | undefined {
  let at = query.indexOf(name);
  while (at > 1 && query[at - 1] !== "&") at = query.indexOf(name, at + 1);
  if (at < 0) return undefined;
  const end = query.indexOf("&", at);
  return query.slice(at + name.length, end < 0 ? undefined : end);
}
