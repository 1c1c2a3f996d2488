/** `GET /admin/api/nodes`: the servers that share a store. */

import type { StoreNode } from "../../store/store.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { json } from "../resource.ts";

export interface NodesContext {
  readonly listNodes: () => Promise<{
    readonly nodes: readonly StoreNode[];
    readonly historyLostAtMs?: number | undefined;
  }>;
}

export function nodesHandlers({ listNodes }: NodesContext): { readonly list: AdminHandler } {
  return {
    list: async (_request, headers) => {
      const { nodes, historyLostAtMs } = await listNodes();
      const told = nodes.map(({ id, host, version, startedAtMs, seenAtMs }) => {
        return { id, host, version, startedAt: startedAtMs, seenAt: seenAtMs };
      });
      const lost = historyLostAtMs !== undefined && { historyLostAt: historyLostAtMs };
      return json({ nodes: told, ...lost }, headers);
    },
  };
}
