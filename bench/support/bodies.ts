/**
 * Request bodies in the form in which the Chromecast SDK 3.0.3 sends them, and of Media Edge the Web SDK 2.33.
 *
 * Templates, since every request differs: `%N%` never repeats, `%ITEM%` is one of 100,000 videos, `%TS%` (of Media Edge
 * `%AT%`) and `%PLAYHEAD%` go on as a player's do. load.lua, autocannon.ts and steady.ts fill in the same ones.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Values = Readonly<Partial<Record<"N" | "ITEM" | "TS" | "AT" | "PLAYHEAD" | "SID", string | number>>>;

export const ITEMS = 100_000;
/** One ping in five carries quality data, as recorded. */
export const PINGS_PER_QOE = 5;
/** How far a player's clock and playhead advance between two pings. */
export const PING_SECONDS = 10;

const START_PARAMS = {
  "media.id": "clickbaby-%ITEM%",
  "media.name": "Sample video",
  "media.length": 5400.5,
  "media.contentType": "vod",
  "media.streamType": "video",
  "media.resume": false,
  "media.show": "std a.media.show",
  "media.season": "std a.media.season",
  "media.episode": "std a.media.episode",
  "media.assetId": "std a.media.asset",
  "media.genre": "std a.media.genre",
  "media.firstAirDate": "std a.media.airDate",
  "media.firstDigitalDate": "std a.media.digitalDate",
  "media.rating": "std a.media.rating",
  "media.originator": "std a.media.originator",
  "media.network": "std a.media.network",
  "media.showType": "std a.media.type",
  "media.adLoad": "std a.media.adLoad",
  "media.pass.mvpd": "std a.media.pass.mvpd",
  "media.pass.auth": "std a.media.pass.auth",
  "media.dayPart": "std a.media.dayPart",
  "media.feed": "std a.media.feed",
  "media.streamFormat": "std a.media.format",
  "analytics.trackingServer": "metrics.example.com",
  "analytics.reportSuite": "mobile5vhl.sample.player",
  "analytics.enableSSL": false,
  "analytics.visitorId": "test-UserId-%N%",
  "analytics.aid": "2F0A1B2C3D4E5F60-1A2B3C4D5E6F7081",
  "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
  "visitor.marketingCloudUserId": "192502486634490335621810614326%N%",
  "visitor.aamLocationHint": 6,
  "media.channel": "test-channel-chromecast",
  "media.playerName": "Chromecast",
  "media.sdkVersion": "chromecast-sdk",
  "media.libraryVersion": "cc-js-3.0.3-2019815",
};

const QOE = {
  "media.qoe.bitrate": 1_500_000,
  "media.qoe.framesPerSecond": 24,
  "media.qoe.droppedFrames": 0,
  "media.qoe.timeToStart": 1,
};

const EDGE_QOE = { bitrate: 1500, framesPerSecond: 24, droppedFrames: 0, timeToStart: 1364 };
/** What a browser keeps for an organisation comes with each request from another domain. */
const IDENTITY = {
  key: "kndctr_972C898555E9F7BC7F000101_AdobeOrg_identity",
  value: "CiYxOTA3MzQ0NDUzMzM4MjI1NDEzMTIwNDY3ODg2NzkyOTkzMDI1Nw",
};
const EDGE_ENVELOPE = {
  query: { identity: { fetch: ["ECID"] } },
  meta: { queueTimeMillis: 1, state: { domain: "player.example", cookiesEnabled: true, entries: [IDENTITY] } },
};
/** Where pings of Media Edge go, with the id that their client gives each request. */
export const EDGE_PATH =
  "/ee/va/v1/ping?configId=66b64400-e418-4184-8fed-b57636d09abc&requestId=6f9619ff-8b86-4011-b42d-";

/** Templates by the name of the file that load generators read them from. */
export const TEMPLATES = {
  start: template("sessionStart", {
    customMetadata: {
      isUserLoggedIn: "false",
      tvStation: "Sample TV station",
      "custom.key_1": "мểŧẳđαţả",
      emptyValue: "",
    },
    params: START_PARAMS,
  }),
  ping: template("ping", {}),
  "ping-qoe": template("ping", { qoeData: QOE }),
  play: template("play", {}),
  buffer: template("bufferStart", {}),
  pause: template("pauseStart", {}),
  end: template("sessionEnd", {}),
  "edge-ping": edgeTemplate({}),
  "edge-ping-qoe": edgeTemplate({ qoeDataDetails: EDGE_QOE }),
} as const;

/** Fills a template in. */
export function fill(text: string, values: Values): string {
  return text.replace(/%([A-Z]+)%/g, (_, name: keyof Values) => String(values[name]));
}

/** Writes the templates to files, where load generators in other languages find them. */
export function writeTemplates(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(TEMPLATES)) writeFileSync(join(directory, `${name}.json`), text);
  writeFileSync(join(directory, "edge-path"), EDGE_PATH);
}

function template(eventType: string, members: object): string {
  const event = { eventType, playerTime: { playhead: "%PLAYHEAD%", ts: "%TS%" }, ...members };
  return unquoted(event);
}

function edgeTemplate(members: object): string {
  const mediaCollection = { playhead: "%PLAYHEAD%", sessionID: "%SID%", ...members };
  const xdm = { timestamp: "%AT%", eventType: "media.ping", mediaCollection };
  return unquoted({ events: [{ xdm }], ...EDGE_ENVELOPE });
}

/** Both are numbers on the wire. */
function unquoted(body: object): string {
  return JSON.stringify(body).replace(/"(%(?:PLAYHEAD|TS)%)"/g, "$1");
}
