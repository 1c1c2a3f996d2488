/** The one list of measures: `/metrics` and docs/monitoring.md are made from it. A new one is a row. */

import { SECOND_MS } from "../base/units.ts";
import type { Measure, Sample } from "./measure.ts";

export const MEASURES: readonly Measure[] = [
  {
    name: "playhead_build_info",
    type: "gauge",
    help: "Always 1; the labels say what runs.",
    labels: ["version", "bun", "validation"],
    read: ({ build: { version, bun, validation } }) => [{ labels: [version, bun, validation], value: 1 }],
  },
  {
    name: "playhead_http_requests_total",
    type: "counter",
    help: "Answers by the route's pattern (`none` where there is no such path), method and status.",
    labels: ["route", "method", "status"],
    *read(sources) {
      for (const [route, meter] of sources.routes()) {
        for (const { method, status, count } of meter.answers())
          yield { labels: [route, method, status], value: count };
      }
    },
  },
  {
    name: "playhead_http_request_duration_seconds",
    type: "histogram",
    help: "Time from a request's head to its answer's, by route; only routes that were asked.",
    labels: ["route"],
    *read(sources) {
      for (const [route, { seconds }] of sources.routes()) {
        if (seconds.cumulative().at(-1) !== 0) yield { labels: [route], value: seconds };
      }
    },
  },
  {
    name: "playhead_rejected_requests_total",
    type: "counter",
    help: "Requests of players that were refused, by the code of docs/errors.md.",
    labels: ["code"],
    read: ({ rejections }) => byKey(rejections()),
  },
  {
    name: "playhead_queue_events",
    type: "gauge",
    help: "Events that wait for the disk.",
    read: ({ queue }) => [{ value: queue.events() }],
  },
  {
    name: "playhead_queue_events_max",
    type: "gauge",
    help: "Events that may wait for the disk before more are answered 503.",
    read: ({ queue }) => [{ value: queue.eventsMax }],
  },
  {
    name: "playhead_commit_writes",
    type: "histogram",
    help: "Writes that shared one commit; each is one request's, or a session's close.",
    read: ({ commitWrites }) => [{ value: commitWrites }],
  },
  {
    name: "playhead_commit_duration_seconds",
    type: "histogram",
    help: "Time that a commit took, its sync included.",
    read: ({ commitSeconds }) => [{ value: commitSeconds }],
  },
  {
    name: "playhead_store_history_lost_total",
    type: "counter",
    help: "Times that a shared database lacked what it had acknowledged, as after a failover to a standby that lagged.",
    read: ({ historyLosses }) => known(historyLosses()),
  },
  {
    name: "playhead_store_statements",
    type: "gauge",
    help: "Statements that a shared database is asked (`running`), and that wait for a connection, by pool.",
    labels: ["pool", "state"],
    *read({ pools }) {
      for (const [pool, { running, waiting }] of Object.entries(pools())) {
        yield { labels: [pool, "running"], value: running };
        yield { labels: [pool, "waiting"], value: waiting };
      }
    },
  },
  {
    name: "playhead_store_statement_duration_seconds",
    type: "histogram",
    help: "Time that a statement to a shared database took, its wait for a connection included, by pool.",
    labels: ["pool"],
    *read({ pools }) {
      for (const [pool, { seconds }] of Object.entries(pools())) yield { labels: [pool], value: seconds };
    },
  },
  {
    name: "playhead_store_pools_thrown_away_total",
    type: "counter",
    help: "Times that a pool's connections were replaced: one was silent past its deadline, or led to a standby.",
    labels: ["pool"],
    *read({ pools }) {
      for (const [pool, { thrownAway }] of Object.entries(pools())) yield { labels: [pool], value: thrownAway };
    },
  },
  {
    name: "playhead_store_oldest_snapshot_seconds",
    type: "gauge",
    help: "Age of the oldest transaction in a shared database; absent while the role may not see those of others.",
    read: ({ oldestSnapshotSeconds }) => known(oldestSnapshotSeconds()),
  },
  {
    name: "playhead_open_sessions",
    type: "gauge",
    help: "Sessions that are open now.",
    read: ({ openSessions }) => [{ value: openSessions() }],
  },
  {
    name: "playhead_repeated_starts_total",
    type: "counter",
    help: "Repeated starts that opened no second session, by what recognised them: `key`, `body` or `array`.",
    labels: ["rule"],
    read: ({ repeatedStarts }) => byKey(repeatedStarts()),
  },
  {
    name: "playhead_session_closes_total",
    type: "counter",
    help: "Sessions that closed, by their reason. `limit`: one had no room for an event.",
    labels: ["reason"],
    read: ({ closes }) => byKey(closes()),
  },
  {
    name: "playhead_folded_events_total",
    type: "counter",
    help: "Events of sessions that were folded after their close, by verdict; all of them again after a late event.",
    labels: ["verdict"],
    read: ({ verdicts }) => byKey(verdicts()),
  },
  {
    name: "playhead_session_folds_total",
    type: "counter",
    help: "Folds of closed sessions: the `first`, `again` after late events, or `failed`, which the log explains.",
    labels: ["outcome"],
    read: ({ folds }) => byKey(new Map(Object.entries(folds()))),
  },
  {
    name: "playhead_unfolded_sessions",
    type: "gauge",
    help: "Closed sessions without numbers, or with older ones, since their last fold failed; counted each minute.",
    read: ({ failedFolds }) => known(failedFolds()),
  },
  {
    name: "playhead_damaged_sessions",
    type: "gauge",
    help: "Sessions that were found damaged since the start: run `playhead check`.",
    read: ({ damagedSessions }) => [{ value: damagedSessions() }],
  },
  {
    name: "playhead_rows_to_move",
    type: "gauge",
    help: "Most session starts that are still in the form of an earlier version; 0 once all have moved.",
    read: ({ rowsToMove }) => [{ value: rowsToMove() }],
  },
  {
    name: "playhead_database_bytes",
    type: "gauge",
    help: "Size of the database's file.",
    read: ({ files }) => known(files().database),
  },
  {
    name: "playhead_database_log_bytes",
    type: "gauge",
    help: "Size of the database's write-ahead log. It grows during long reads, and is reused.",
    read: ({ files }) => known(files().log),
  },
  {
    name: "playhead_report_facts_bytes",
    type: "gauge",
    help: "Size of the report facts.",
    read: ({ files }) => known(files().facts),
  },
  {
    name: "playhead_last_backup_timestamp_seconds",
    type: "gauge",
    help: "When the last backup was finished, by command or by download; absent before the first.",
    read: ({ lastBackupAtMs }) => known(inSeconds(lastBackupAtMs())),
  },
  {
    name: "playhead_backup_failures_total",
    type: "counter",
    help: "Downloads of a backup that failed since the start; the log has the code of each.",
    read: ({ backupFailures }) => [{ value: backupFailures() }],
  },
  {
    name: "playhead_live_streams",
    type: "gauge",
    help: "Streams of live numbers (`viewers`) and of every event (`watchers`) that are open.",
    labels: ["kind"],
    read: ({ streams }) => byKey(new Map(Object.entries(streams()))),
  },
  {
    name: "playhead_worker_jobs",
    type: "gauge",
    help: "Jobs of the report, export and fold threads, waiting and running.",
    labels: ["lane", "state"],
    *read({ lanes }) {
      for (const [lane, { waiting, running }] of Object.entries(lanes())) {
        yield { labels: [lane, "waiting"], value: waiting };
        yield { labels: [lane, "running"], value: running };
      }
    },
  },
  {
    name: "playhead_worker_deaths_total",
    type: "counter",
    help: "How often the report and export threads died; the log says why.",
    labels: ["lane"],
    *read({ lanes }) {
      for (const [lane, { deaths }] of Object.entries(lanes())) yield { labels: [lane], value: deaths };
    },
  },
  {
    name: "playhead_worker_pause_seconds",
    type: "gauge",
    help: "Time until a dead thread restarts; it grows with each death, and reports answer 503 meanwhile.",
    labels: ["lane"],
    *read({ lanes }) {
      for (const [lane, { pausedMs }] of Object.entries(lanes())) yield { labels: [lane], value: pausedMs / SECOND_MS };
    },
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "Processor time that all threads took.",
    read: ({ usage }) => known(usage?.().cpuSeconds),
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Memory that the process holds.",
    read: ({ usage }) => known(usage?.().residentBytes),
  },
  {
    name: "process_open_fds",
    type: "gauge",
    help: "Open file descriptors: connections, for the most part. Linux only.",
    read: ({ usage }) => known(usage?.().openFiles),
  },
  {
    name: "process_max_fds",
    type: "gauge",
    help: "File descriptors that may be open. Linux only.",
    read: ({ usage }) => known(usage?.().openFilesMax),
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the server was started.",
    read: ({ startedAtMs }) => known(inSeconds(startedAtMs)),
  },
];

function* byKey(counts: ReadonlyMap<string, number>): Generator<Sample> {
  for (const [key, value] of counts) yield { labels: [key], value };
}

function known(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / SECOND_MS;
}
