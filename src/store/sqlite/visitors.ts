/** Finding a visitor's sessions: a look at every start, since an index of visitors would be personal data once more. */

import type { Database } from "bun:sqlite";
import type { Parameters } from "../../protocol/event.ts";
import { isOfVisitor } from "../../protocol/personal.ts";
import type { VisitorPage, VisitorQuery } from "../queries.ts";
import { unlessDamaged } from "./damage.ts";
import { SESSIONS_BY_NUMBER, walk } from "./walk.ts";

interface Candidate {
  readonly id: number;
  readonly payload: string;
}

/** Looks at a page of sessions. */
export function findVisitor(client: Database, { visitorId, afterId, limit }: VisitorQuery): VisitorPage {
  const [first] = walk(client, SESSIONS_BY_NUMBER, { key: afterId });
  if (!first) return { ids: [] };
  const lastId = first.id + limit - 1;
  const candidates = client.query<Candidate, [number, number, string]>(
    "SELECT id, payload FROM sessions WHERE id BETWEEN ? AND ? AND instr(payload, ?) > 0",
  );
  const find = (from: number, to: number): number[] => {
    const ids: number[] = [];
    // As it stands in the payload, its quotes included: most of what merely resembles it is out already. One start in
    // memory at a time.
    for (const { id, payload } of candidates.iterate(from, to, JSON.stringify(visitorId))) {
      if (isOf(payload, visitorId)) ids.push(id);
    }
    return ids;
  };
  return { ids: halving(find, first.id, lastId), lastId };
}

/** Reads a range, and parts of it where it meets a damaged page: what stood there can't be read, nor erased. */
function halving(find: (from: number, to: number) => number[], from: number, to: number): number[] {
  return unlessDamaged(
    () => find(from, to),
    () => {
      if (from === to) return [];
      const middle = Math.floor((from + to) / 2);
      return [...halving(find, from, middle), ...halving(find, middle + 1, to)];
    },
  );
}

function isOf(payload: string, visitorId: string): boolean {
  try {
    return isOfVisitor((JSON.parse(payload) as { params?: Parameters }).params ?? {}, visitorId);
  } catch {
    // Damaged, with the visitor's id in it: no one can read it, and to keep it would be wrong.
    return true;
  }
}
