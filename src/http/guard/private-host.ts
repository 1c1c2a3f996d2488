/**
 * Names by which requests may reach a port without a token.
 *
 * A page may point a name of its own at any address, and its browser then reads what answers there. It cannot do that
 * with an address, nor with a name that no public name server may give out.
 */

import { isIP } from "node:net";
import { AppError } from "../../base/errors.ts";
import type { Handler } from "../resource.ts";

const HOST = /^(?:\[([^\]]+)\]|([^:]*))(?::\d+)?$/;
/** Reserved for private use, or never public by convention; the last are those of services in Kubernetes. */
const PRIVATE_SUFFIXES: ReadonlySet<string> = new Set(["localhost", "local", "internal", "lan", "svc"]);

/** Makes a handler that answers only where it is asked by such a name. */
export function onPrivateHost(handler: Handler): Handler {
  return (request, headers, server) => {
    if (!isPrivate(request.headers.get("Host") ?? "")) {
      throw new AppError("host-refused", "Ask this port by its address, or by a name without a dot");
    }
    return handler(request, headers, server);
  };
}

function isPrivate(host: string): boolean {
  const [, bracketed, plain = ""] = HOST.exec(host) ?? [];
  const name = bracketed ?? plain.toLowerCase();
  if (isIP(name) > 0) return true;
  const labels = name.split(".");
  return name !== "" && (labels.length === 1 || PRIVATE_SUFFIXES.has(labels.at(-1) ?? ""));
}
