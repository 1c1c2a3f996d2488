/** `GET /admin/api/nodes`: the servers that share a store. */

import type { StoreNode } from "../../store/store.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { json } from "../resource.ts";

export interface NodesContext {
  readonly listNodes: () => Promise<readonly StoreNode[]>;
}

export function nodesHandlers({ listNodes }: NodesContext): { readonly list: AdminHandler } {
  return {
    list: async (_request, headers) => {
      const nodes = (await listNodes()).map(({ id, host, version, startedAtMs, seenAtMs }) => {
        return { id, host, version, startedAt: startedAtMs, seenAt: seenAtMs };
      });
      return json({ nodes }, headers);
    },
  };
}
