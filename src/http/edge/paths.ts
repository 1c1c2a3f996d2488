/** The paths of Media Edge: bases, and a location hint that some clients got from the vendor and put into each path. */

import { AppError } from "../../base/errors.ts";
import { edgePolicy } from "../answer/cors.ts";
import type { Handler, Resource } from "../resource.ts";
import type { EdgeHandlers } from "./handlers.ts";
import { edgeQueryOf } from "./query.ts";
import { createEdgeErrors } from "./refusal.ts";

const HINT = /^[a-z0-9]{1,16}$/;
/** Segments of the paths themselves: `/ee/va/v1/play` has no hint `va`. */
const NO_HINTS: ReadonlySet<string> = new Set(["va", "v1", "v2"]);

/** What Media Edge has below a base, and below a base with a hint. */
export const EDGE_PATHS = {
  media: "va/v1/:event",
  interact: "v1/interact",
  collect: "v1/collect",
  setConsent: "v1/privacy/set-consent",
  acquireIdentity: "v1/identity/acquire",
} as const satisfies Readonly<Record<keyof EdgeHandlers, string>>;

/** Each path once, below the first base; with the places that it also stands at. */
export function edgeResources(
  handlers: EdgeHandlers,
  { edgeBases, origins }: { readonly edgeBases: readonly string[]; readonly origins: readonly string[] },
): Readonly<Record<string, Resource>> {
  const cors = edgePolicy(origins);
  const refuse = createEdgeErrors((request) => edgeQueryOf(request).requestId ?? crypto.randomUUID());
  return Object.fromEntries(
    Object.entries(EDGE_PATHS).flatMap(([name, path]) => {
      const [first, ...also] = edgeBases.flatMap((base) => [`/${base}/${path}`, `/${base}/:hint/${path}`]);
      const POST = hinted(handlers[name as keyof EdgeHandlers] as Handler);
      return first === undefined ? [] : [[first, { methods: { POST }, also, cors, refuse }]];
    }),
  );
}

/** A hint is accepted, and says nothing here. */
function hinted(handle: Handler): Handler {
  return (request, headers, server) => {
    const { hint } = request.params as { readonly hint?: string };
    if (hint !== undefined && (!HINT.test(hint) || NO_HINTS.has(hint))) {
      throw new AppError("not-found", "There is nothing at this path");
    }
    return handle(request, headers, server);
  };
}
