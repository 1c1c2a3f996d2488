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
  const find = finderIn(url.slice(at + 1));
  const configId = (find("configId") ?? find("datastreamId") ?? "").slice(0, CONFIG_ID_CHARS_MAX);
  const requestId = find("requestId");
  return {
    ...(configId !== "" && configId.isWellFormed() && !configId.includes("\0") && { configId }),
    ...(isRequestId(requestId) && { requestId }),
  };
}

/** Finds parameters; the engine's own way costs as much as reading the body, and is for escapes alone. */
function finderIn(text: string): (name: string) => string | undefined {
  if (text.includes("%") || text.includes("+")) {
    const parameters = new URLSearchParams(text);
    return (name) => parameters.get(name) ?? undefined;
  }
  return (name) => {
    const from = `&${text}`.indexOf(`&${name}=`);
    return from < 0 ? undefined : text.slice(from + name.length + 1).split("&", 1)[0];
  };
}
