/** The paths of Media Edge: bases, and a location hint that some clients once got elsewhere and put into each path. */

import { AppError } from "../../base/errors.ts";
import { edgePolicy } from "../cors.ts";
import type { Handler, Resource } from "../resource.ts";
import type { EdgeHandlers } from "./handlers.ts";
import { edgeQueryOf } from "./query.ts";
import { createEdgeErrors } from "./refusal.ts";

const HINT = /^[a-z0-9]{1,16}$/;
/** Segments of the paths themselves: `/ee/va/v1/play` has no hint `va`. */
const NO_HINTS: ReadonlySet<string> = new Set(["va", "v1", "v2"]);

/** `/{base}/…` and `/{base}/{hint}/…` for each base. */
export function edgeResources(
  handlers: EdgeHandlers,
  { edgeBases, origins }: { readonly edgeBases: readonly string[]; readonly origins: readonly string[] },
): Readonly<Record<string, Resource>> {
  const cors = edgePolicy(origins);
  const refuse = createEdgeErrors((request) => edgeQueryOf(request).requestId ?? crypto.randomUUID());
  const paths = {
    "va/v1/:event": handlers.media as Handler,
    "v1/interact": handlers.interact,
    "v1/collect": handlers.collect,
    "v1/privacy/set-consent": handlers.setConsent,
    "v1/identity/acquire": handlers.acquireIdentity,
  };
  return Object.fromEntries(
    edgeBases.flatMap((base) =>
      Object.entries(paths).flatMap(([path, POST]) => [
        [`/${base}/${path}`, { methods: { POST }, cors, refuse }],
        [`/${base}/:hint/${path}`, { methods: { POST: hinted(POST) }, cors, refuse }],
      ]),
    ),
  );
}

/** A hint is accepted, and says nothing here. */
function hinted(handle: Handler): Handler {
  return (request, headers, server) => {
    const { hint } = request.params as { readonly hint: string };
    if (!HINT.test(hint) || NO_HINTS.has(hint)) throw new AppError("not-found", "There is nothing at this path");
    return handle(request, headers, server);
  };
}
