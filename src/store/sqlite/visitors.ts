/** Finding a visitor's sessions: a look at every start, since an index of visitors would be personal data once more. */

import type { Database } from "bun:sqlite";
import type { Parameters } from "../../protocol/event.ts";
import { isOfVisitor } from "../../protocol/personal.ts";
import type { VisitorPage, VisitorQuery } from "../store.ts";

interface Candidate {
  readonly id: number;
  readonly payload: string;
}

/** Looks at a page of sessions. */
export function findVisitor(client: Database, { visitorId, afterId, limit }: VisitorQuery): VisitorPage {
  const first = client
    .query<{ id: number | null }, [number]>("SELECT min(id) AS id FROM sessions WHERE id > ?")
    .get(afterId);
  if (!first || first.id === null) return { ids: [] };
  const lastId = first.id + limit - 1;
  const candidates = client
    .query<Candidate, [number, number, string]>(
      "SELECT id, payload FROM sessions WHERE id BETWEEN ? AND ? AND instr(payload, ?) > 0",
    )
    // As it stands in the payload, its quotes included: most of what merely resembles it is out already.
    .iterate(first.id, lastId, JSON.stringify(visitorId));
  const ids: number[] = [];
  // One start in memory at a time.
  for (const { id, payload } of candidates) if (isOf(payload, visitorId)) ids.push(id);
  return { ids, lastId };
}

function isOf(payload: string, visitorId: string): boolean {
  try {
    return isOfVisitor((JSON.parse(payload) as { params?: Parameters }).params ?? {}, visitorId);
  } catch {
    // Damaged, with the visitor's id in it: no one can read it, and to keep it would be wrong.
    return true;
  }
}
