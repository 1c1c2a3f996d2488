/** The settings as each part takes them, so that a search for a setting finds where it is used. */

import type { Clock } from "../base/clock.ts";
import { KIB } from "../base/units.ts";
import type { Config } from "../config.ts";
import type { ApiFacts } from "../http/openapi/operation.ts";
import type { RecordingOptions } from "../http/read/recording.ts";
import type { ImportLimits } from "../ingest/importer.ts";
import type { RetentionSettings } from "../ingest/retention.ts";
import { createParser } from "../protocol/collection/parse.ts";
import { createDatastreams } from "../protocol/edge/datastreams.ts";
import { createEdgeReader } from "../protocol/edge/reader.ts";
import { definitionsOf } from "../store/definitions.ts";
import type { SharedRules } from "../store/shared.ts";
import { VERSION } from "../version.ts";

/** A line is an event, its names and its flags. */
const BESIDE_EVENT_BYTES = 64 * KIB;

/** What the description of the API says of this server. */
export function apiFactsOf({ server, collect, edge, limits }: Config): ApiFacts {
  return {
    version: VERSION,
    demo: server.demo,
    validation: collect.validation,
    edgeBases: edge.edgeBases,
    bodyBytesMax: limits.bodyBytesMax,
    arrayBytesMax: limits.arrayBytesMax,
    arrayEventsMax: limits.arrayEventsMax,
  };
}

/** The settings of requests. The admin token is passed by itself. */
export function requestSettingsOf(config: Config) {
  const { server, signIn, collect, viewer, edge, limits, live, queue, reports } = config;
  return {
    ...apiFactsOf(config),
    host: server.host,
    port: server.port,
    trustedProxies: server.trustedProxies,
    signInFailuresMax: signIn.signInFailuresMax,
    signInFailuresMs: signIn.signInFailuresMs,
    reportSuites: collect.reportSuites,
    origins: collect.origins,
    clientEventsPerSecond: collect.clientEventsPerSecond,
    clientEventsBurst: collect.clientEventsBurst,
    stringBytesMax: limits.stringBytesMax,
    openSessionsMax: limits.openSessionsMax,
    bodiesBytesMax: limits.bodiesBytesMax,
    bodySecondsMax: limits.bodySecondsMax,
    connectionsMax: server.connectionsMax,
    device: viewer.device,
    countryHeader: viewer.countryHeader,
    edgeStartErrors: edge.edgeStartErrors,
    stalledSecondsMax: live.stalledSecondsMax,
    queueEventsMax: queue.queueEventsMax,
    viewerKeys: reports.viewerKeys,
    importLimits: importLimitsOf(config),
    importBytesMax: limits.importBytesMax,
  };
}

/** The readers of bodies in both dialects. */
export function readersOf({ collect, edge, limits, storage }: Config, clock: Clock) {
  const { arrayEventsMax: eventsMax, eventKeysMax: keysMax, stringBytesMax } = limits;
  const mode = collect.validation;
  const { bitrateUnit } = storage;
  return {
    parser: createParser({ mode, eventsMax, limits: { keysMax, stringBytesMax }, nowMs: () => clock.nowMs() }),
    edgeReader: createEdgeReader({ mode, bitrateUnit, limits: { eventsMax, keysMax, stringBytesMax } }),
    datastreams: createDatastreams(edge.edgeDatastreams, edge.edgeOrg),
  };
}

/** The settings that close a session, as the deadlines take them. */
export function timeoutsOf({ idleTimeoutMs, stallTimeoutMs }: Config["sessions"]): SharedRules["timeouts"] {
  return { idleMs: idleTimeoutMs, stallMs: stallTimeoutMs };
}

/** The settings that decide whether a session takes an event. */
export function rulesOf(sessions: Config["sessions"]): SharedRules {
  return {
    timeouts: timeoutsOf(sessions),
    sizeLimits: { eventsMax: sessions.sessionEventsMax, bytesMax: sessions.sessionBytesMax },
    lateGraceMs: sessions.lateGraceMs,
  };
}

/** The settings that retention follows. */
export function retentionOf({ retention, sessions }: Pick<Config, "retention" | "sessions">): RetentionSettings {
  const { sessionsRetentionDays, eventsRetentionDays, erasedKeptDays } = retention;
  return { sessionsRetentionDays, eventsRetentionDays, erasedKeptDays, lateGraceMs: sessions.lateGraceMs };
}

/** The settings that bound what an import takes. */
export function importLimitsOf({ limits }: Pick<Config, "limits">): ImportLimits {
  const { eventKeysMax: keysMax, stringBytesMax, openSessionsMax, bodyBytesMax, arrayBytesMax } = limits;
  return {
    keysMax,
    stringBytesMax,
    openSessionsMax,
    lineBytesMax: Math.max(bodyBytesMax, arrayBytesMax) + BESIDE_EVENT_BYTES,
  };
}

/** The settings that a recorded session is read by. */
export function recordingOptionsOf({
  collect,
  limits,
  sessions,
  storage,
}: Pick<Config, "collect" | "limits" | "sessions" | "storage">): Omit<RecordingOptions, "format" | "nowMs"> {
  const { arrayEventsMax: eventsMax, eventKeysMax: keysMax, stringBytesMax } = limits;
  return {
    mode: collect.validation,
    eventsMax,
    limits: { keysMax, stringBytesMax },
    timeouts: timeoutsOf(sessions),
    definitions: definitionsOf(storage),
  };
}
