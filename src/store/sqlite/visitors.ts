/** Finds a visitor's sessions by reading every start, since an index of visitors would be more personal data. */

import type { Database } from "bun:sqlite";
import { isStartOf } from "../event-text.ts";
import type { VisitorPage, VisitorQuery } from "../queries.ts";
import { unlessDamaged } from "./damage.ts";
import { SESSIONS_BY_NUMBER, walk } from "./walk.ts";

interface Candidate {
  readonly id: number;
  readonly payload: string;
}

/** Searches a page of sessions. */
export function findVisitor(client: Database, { visitorId, afterId, limit }: VisitorQuery): VisitorPage {
  const [first] = walk(client, SESSIONS_BY_NUMBER, { key: afterId });
  if (!first) return { ids: [] };
  const lastId = first.id + limit - 1;
  const candidates = client.query<Candidate, [number, number, string, string]>(
    `SELECT id, payload FROM sessions
     WHERE id BETWEEN ?1 AND ?2 AND (instr(payload, ?3) > 0 OR instr(payload, ?4) > 0)`,
  );
  const find = (from: number, to: number): number[] => {
    const ids: number[] = [];
    // Matches the id as it is, and in JSON. Holds one start at a time.
    for (const { id, payload } of candidates.iterate(from, to, visitorId, JSON.stringify(visitorId))) {
      if (isStartOf(payload, visitorId)) ids.push(id);
    }
    return ids;
  };
  return { ids: halving(find, first.id, lastId), lastId };
}

/** Reads a range, in parts if it meets a damaged page, whose rows can be neither read nor erased. */
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
