/** Makes scenarios of Media Edge: requests as the specification has them, with what must come back. */

import type { ValidationMode } from "../../../src/protocol/mode.ts";
import type { EdgeScenario, ScenarioRequest } from "./play.ts";

type Members = Readonly<Record<string, unknown>>;

export const CONFIG = { configId: "66b64400-e418-4184-8fed-b57636d09abc" };
export const JSON_TYPE = { "content-type": "application/json" };
export const ORIGIN = { origin: "https://www.player.test" };
export const DETAILS = { name: "content-1", playerName: "player", length: 60, channel: "ch", contentType: "vod" };
export const NAME = "sessionDetails.name";
export const SID = "handle[type=media-analytics:new-session].payload[0].sessionId";
export const NO_SESSION = ["handle[type=media-analytics:new-session]"];
export const FRAMED = { konductorConfig: { streaming: { recordSeparator: "\0", lineFeed: "\n", enabled: true } } };
export const REFUSING = { state: { entries: [{ key: "kndctr_ABC_AdobeOrg_consent", value: "general=out" }] } };
const AT = "2026-03-04T13:38:00.000Z";
const LATER = "2026-03-04T13:38:10.000Z";
export const LOST_SID = "f".repeat(64);
const FOUND = { expectBody: { [SID]: "^[0-9a-f]{64}$" }, expectNoBody: ["errors", "warnings"], save: { sid: SID } };
export const FINDING = { expectBody: { type: "va-edge-0400-400$", status: "^400$" } };

export function to(path: string, body: unknown, more: Partial<ScenarioRequest> = {}): ScenarioRequest {
  return { method: "POST", path, query: CONFIG, headers: JSON_TYPE, body, expect: [204], ...more };
}

export function startXdm(details: Members = {}, collection: Members = {}, xdm: Members = {}): Members {
  const mediaCollection = { playhead: 0, sessionDetails: { ...DETAILS, ...details }, ...collection };
  return { eventType: "media.sessionStart", timestamp: AT, mediaCollection, ...xdm };
}

/** A start that opens a session, unless `more` expects otherwise. */
export function start(xdm = startXdm(), more: Partial<ScenarioRequest> = {}, body: Members = {}): ScenarioRequest {
  return to("/ee/va/v1/sessionStart", { events: [{ xdm }], ...body }, { expect: [200], ...FOUND, ...more });
}

/** A start whose refusal names the fields. */
export function refused(xdm: Members, ...fields: string[]): ScenarioRequest {
  const details = fields.map((field) => `(?=.*mediaCollection\\.${field.replace(".", "\\.")}")`).join("");
  const expectBody = { "errors[0].title": "^Invalid request$", "errors[0].report.details": `^${details}` };
  return start(xdm, { expect: [207], expectBody, expectNoBody: NO_SESSION, save: {} });
}

export function eventXdm(type: string, collection: Members = {}, xdm: Members = {}): Members {
  const mediaCollection = { playhead: 1, sessionID: "{{sid}}", ...collection };
  return { eventType: `media.${type}`, timestamp: LATER, mediaCollection, ...xdm };
}

/** An event that is taken, unless `more` expects otherwise. */
export function event(type: string, collection: Members = {}, more: Partial<ScenarioRequest> = {}, xdm: Members = {}) {
  return to(`/ee/va/v1/${type}`, { events: [{ xdm: eventXdm(type, collection, xdm) }] }, more);
}

export function wrong(type: string, collection: Members, found: string, xdm: Members = {}): ScenarioRequest {
  const expectBody = { ...FINDING.expectBody, "report.details": found };
  return event(type, collection, { expect: [400], expectBody }, xdm);
}

export function scenario(name: string, source: string, ...requests: ScenarioRequest[]): EdgeScenario {
  return { name, source, requests };
}

/** What is kept in standard mode and refused in strict mode. */
export function byMode(
  name: string,
  source: string,
  kept: ScenarioRequest[],
  strict: ScenarioRequest[],
): EdgeScenario[] {
  const modes: [ValidationMode, ScenarioRequest[]][] = [
    ["standard", kept],
    ["strict", strict],
  ];
  return modes.map(([mode, requests]) => ({ name, source, mode, requests }));
}

/** An event whose details are kept in standard mode and refused in strict mode. */
export function details(
  name: string,
  source: string,
  type: string,
  collection: Members,
  found: string,
): EdgeScenario[] {
  return byMode(name, source, [start(), event(type, collection)], [start(), wrong(type, collection, found)]);
}

export function part(type: string, collection: Members = {}, seconds = 0, more: Members = {}): Members {
  const mediaEventTimestamp = `2026-03-04T13:38:${String(seconds).padStart(2, "0")}Z`;
  return {
    mediaEventType: `media.${type}`,
    mediaEventTimestamp,
    mediaCollection: { playhead: seconds, ...collection },
    ...more,
  };
}

export function downloaded(...sessions: Members[][]): ScenarioRequest {
  const events = sessions.map((mediaDownloadedEvents) => ({
    xdm: { eventType: "media.downloaded", mediaDownloadedEvents },
  }));
  return to("/ee/va/v1/downloaded", { events }, { expect: [200], expectNoBody: [...NO_SESSION, "errors"] });
}
