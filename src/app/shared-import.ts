/** Imports into a store that nodes share: the same import as into a file, with heads of its own. */

import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Import, OpenImportOptions } from "../ingest/intake.ts";
import { Heads } from "../ingest/single/heads.ts";
import { SingleImport } from "../ingest/single/import.ts";
import type { LiveHead } from "../ingest/single/live-head.ts";
import { unitInFlags } from "../protocol/ts-unit.ts";
import { newHead } from "../store/journal.ts";
import type { PostgresStore } from "../store/postgres/store.ts";
import type { SharedRules } from "../store/shared.ts";
import type { StoredSession } from "../store/store.ts";

interface SharedImportParts {
  readonly store: PostgresStore;
  readonly clock: Clock;
  readonly steadyMs: () => number;
  readonly rules: SharedRules;
}

const SLICE = 500;

export function openSharedImport(
  { store, clock, steadyMs, rules }: SharedImportParts,
  options: OpenImportOptions,
): Import {
  const heads = new Heads(steadyMs());
  const imported = new Map<string, LiveHead>();
  const importing = new SingleImport(
    {
      store,
      // Each slice is one statement, which no other work can split.
      writer: { runAlone: (work) => work().catch(throwRefused) },
      heads,
      timeouts: rules.timeouts,
      sizeLimits: rules.sizeLimits,
      live: undefined,
      steadyMs,
      graceMs: rules.lateGraceMs,
      dueAtMs: (head) => {
        imported.set(head.sid, head);
        return steadyMs();
      },
      elapsedMs: () => clock.elapsedMs(),
      findOpen: (session) => openHead(store, session),
      checkpoint: async () => {},
      onEnd: () => {},
    },
    options,
  );
  return {
    take: (lines) => importing.take(lines),
    end: async (isWhole) => {
      await importing.end(isWhole);
      // Sessions that the file leaves open wait for their deadlines, by the activity in the file.
      const open = [...imported.values()].filter(({ close }) => !close);
      for (let at = 0; at < open.length; at += SLICE) {
        const writes = open.slice(at, at + SLICE).map((head) => ({ head, events: [] }));
        await store.append(writes, steadyMs());
      }
    },
  };
}

async function openHead(
  store: PostgresStore,
  { id, sid, start, startedAtMs }: StoredSession,
): Promise<LiveHead | undefined> {
  const state = (await store.findStates([sid])).get(sid);
  if (!state?.signs) return undefined;
  const { signs, events, bytes } = state;
  const head = newHead(signs, { sid, startedAtMs, tsUnit: unitInFlags(start.flags) });
  return { ...head, id, seq: events - 1, events, bytes };
}

/** Refuses the import if a player goes on with a session meanwhile: its event has taken an imported one's number. */
function throwRefused(error: unknown): never {
  if (error instanceof AppError) throw error;
  throw new AppError("overloaded", "Cannot import: a session of the file goes on here; repeat the import later", {
    cause: error,
  });
}
