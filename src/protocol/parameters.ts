/**
 * The catalogue of keys: everything that players may say in `params` and `qoeData`, with its JSON type.
 *
 * A new key is one row here; validation, schemas, flags and docs follow from it.
 */

import type { EventType } from "./event.ts";
import type { FlagRule } from "./flags.ts";

export type ParameterType = "string" | "number" | "integer" | "boolean" | "object" | "array";

interface ParameterRow {
  readonly key: string;
  /** The number that stands for the key in storage. Never reused, never changed: a new key has the next one. */
  readonly code: number;
  readonly type: ParameterType;
  /** The events whose `params` carry it, or `qoeData`, which every event may carry. */
  readonly on: readonly EventType[] | "qoeData";
  readonly required?: true;
  /** It identifies a person or a device: erased on request, never logged. */
  readonly personal?: true;
  /** Values that differ in upper and lower case alone are one in reports, though each is kept as it was sent. */
  readonly caseless?: true;
  /** A list between commas: in reports a session counts under each of its words. */
  readonly list?: true;
  /** What its numbers are in. */
  readonly unit?: "s" | "ms" | "bit/s";
  /** What people call it, where its last word doesn't say it. */
  readonly label?: string;
  /** Its place in the reference's reporting documents. */
  readonly xdm?: string;
  /** Tells which values say that it is unknown. `null` does so too, even where the key is required. */
  readonly unknownWhen?: (value: unknown) => boolean;
  /** What its text must match: `strict` refuses any other. */
  readonly pattern?: RegExp;
  /** What an unknown value, or one outside of the pattern, is kept with. */
  readonly flag?: FlagRule;
  readonly summary: string;
}

/** The most player states that one list of a `statesUpdate` names. */
export const STATES_PER_LIST_MAX = 64;
/** What a player state may be called. */
export const STATE_NAME = /^[a-zA-Z0-9_.]{1,64}$/;
/** What a key of `customMetadata` may be called. */
export const METADATA_KEY = /^[a-zA-Z0-9_.]+$/;

/** One row a line, however long. */
const ROWS = [
  { key: "analytics.trackingServer", code: 1, type: "string", on: ["sessionStart"], required: true, summary: "host of the analytics server that the player was configured with" },
  { key: "analytics.reportSuite", code: 2, type: "string", on: ["sessionStart"], required: true, summary: "report suite (the tenant key of reports)" },
  { key: "analytics.enableSSL", code: 3, type: "boolean", on: ["sessionStart"], summary: "whether the client was told to use HTTPS onward" },
  { key: "analytics.visitorId", code: 4, type: "string", on: ["sessionStart"], personal: true, label: "Visitor ID", summary: "custom visitor id" },
  { key: "analytics.aid", code: 5, type: "string", on: ["sessionStart"], personal: true, summary: "legacy analytics id" },
  { key: "analytics.optOutServerSideForwarding", code: 6, type: "boolean", on: ["sessionStart"], summary: "viewer opted out of forwarding" },
  { key: "analytics.optOutShare", code: 7, type: "boolean", on: ["sessionStart"], summary: "viewer opted out of sharing" },
  { key: "visitor.marketingCloudOrgId", code: 8, type: "string", on: ["sessionStart"], required: true, label: "Organisation", summary: "organisation id" },
  { key: "visitor.marketingCloudUserId", code: 9, type: "string", on: ["sessionStart"], personal: true, label: "Visitor", summary: "cloud id of the visitor, ECID" },
  { key: "visitor.aamLocationHint", code: 10, type: "integer", on: ["sessionStart"], summary: "region hint" },
  { key: "visitor.customerIDs", code: 11, type: "object", on: ["sessionStart"], personal: true, summary: "map name -> {id: string, authState: 0|1|2}" },
  { key: "appInstallationId", code: 12, type: "string", on: ["sessionStart"], personal: true, summary: "unique per app and device" },
  { key: "media.id", code: 13, type: "string", on: ["sessionStart"], required: true, xdm: "sessionDetails.name", label: "Title ID", summary: "content id" },
  { key: "media.name", code: 14, type: "string", on: ["sessionStart"], xdm: "sessionDetails.friendlyName", label: "Title", summary: "content name for people" },
  { key: "media.length", code: 15, type: "number", on: ["sessionStart"], required: true, xdm: "sessionDetails.length", unknownWhen: (value) => Number(value) <= 0, flag: "length-unknown", unit: "s", summary: "content length, seconds" },
  { key: "media.contentType", code: 16, type: "string", on: ["sessionStart"], required: true, caseless: true, xdm: "sessionDetails.contentType", summary: "VOD, Live, Linear, AOD, song, podcast, ..." },
  { key: "media.streamType", code: 17, type: "string", on: ["sessionStart"], caseless: true, xdm: "sessionDetails.streamType", label: "Stream", summary: "video or audio" },
  { key: "media.playerName", code: 18, type: "string", on: ["sessionStart"], required: true, xdm: "sessionDetails.playerName", label: "Player", summary: "player that renders the content" },
  { key: "media.channel", code: 19, type: "string", on: ["sessionStart"], required: true, xdm: "sessionDetails.channel", summary: "distribution channel, app or site" },
  { key: "media.resume", code: 20, type: "boolean", on: ["sessionStart"], xdm: "sessionDetails.hasResume", summary: "viewer resumes an earlier session" },
  { key: "media.downloaded", code: 21, type: "boolean", on: ["sessionStart"], xdm: "sessionDetails.isDownloaded", label: "Played offline", summary: "content was played offline" },
  { key: "media.sdkVersion", code: 22, type: "string", on: ["sessionStart"], xdm: "sessionDetails.appVersion", label: "Version", summary: "version of the player or app" },
  { key: "media.libraryVersion", code: 23, type: "string", on: ["sessionStart"], summary: "version of the tracking library" },
  { key: "media.show", code: 24, type: "string", on: ["sessionStart"], xdm: "sessionDetails.show", summary: "programme or series" },
  { key: "media.season", code: 25, type: "string", on: ["sessionStart"], xdm: "sessionDetails.season", summary: "season" },
  { key: "media.episode", code: 26, type: "string", on: ["sessionStart"], xdm: "sessionDetails.episode", summary: "episode" },
  { key: "media.assetId", code: 27, type: "string", on: ["sessionStart"], xdm: "sessionDetails.assetID", summary: "asset id (EIDR, Gracenote, ...)" },
  { key: "media.genre", code: 28, type: "string", on: ["sessionStart"], list: true, xdm: "sessionDetails.genre", summary: "genre" },
  { key: "media.firstAirDate", code: 29, type: "string", on: ["sessionStart"], xdm: "sessionDetails.firstAirDate", summary: "first aired on television" },
  { key: "media.firstDigitalDate", code: 30, type: "string", on: ["sessionStart"], xdm: "sessionDetails.firstDigitalDate", summary: "first aired on a digital platform" },
  { key: "media.rating", code: 31, type: "string", on: ["sessionStart"], xdm: "sessionDetails.rating", summary: "parental rating" },
  { key: "media.originator", code: 32, type: "string", on: ["sessionStart"], xdm: "sessionDetails.originator", summary: "creator of the content" },
  { key: "media.network", code: 33, type: "string", on: ["sessionStart"], xdm: "sessionDetails.network", summary: "network" },
  { key: "media.showType", code: 34, type: "string", on: ["sessionStart"], xdm: "sessionDetails.showType", label: "Kind of show", summary: "0 full episode, 1 preview, 2 clip, 3 other; any string occurs" },
  { key: "media.adLoad", code: 35, type: "string", on: ["sessionStart"], xdm: "sessionDetails.adLoad", summary: "kind of ad load" },
  { key: "media.pass.mvpd", code: 36, type: "string", on: ["sessionStart"], xdm: "sessionDetails.mvpd", label: "TV provider", summary: "TV provider" },
  { key: "media.pass.auth", code: 37, type: "string", on: ["sessionStart"], xdm: "sessionDetails.authorized", label: "Authorised", summary: "viewer was authorised" },
  { key: "media.dayPart", code: 38, type: "string", on: ["sessionStart"], xdm: "sessionDetails.dayPart", summary: "time of day of the broadcast" },
  { key: "media.feed", code: 39, type: "string", on: ["sessionStart"], xdm: "sessionDetails.feed", summary: "kind of feed, e.g. West-HD" },
  { key: "media.streamFormat", code: 40, type: "string", on: ["sessionStart"], xdm: "sessionDetails.streamFormat", label: "Quality tier", summary: "HD, SD, 4K" },
  { key: "media.artist", code: 41, type: "string", on: ["sessionStart"], xdm: "sessionDetails.artist", summary: "audio: artist" },
  { key: "media.album", code: 42, type: "string", on: ["sessionStart"], xdm: "sessionDetails.album", summary: "audio: album" },
  { key: "media.label", code: 43, type: "string", on: ["sessionStart"], xdm: "sessionDetails.label", label: "Record label", summary: "audio: label" },
  { key: "media.author", code: 44, type: "string", on: ["sessionStart"], xdm: "sessionDetails.author", summary: "audio: author" },
  { key: "media.station", code: 45, type: "string", on: ["sessionStart"], xdm: "sessionDetails.station", summary: "audio: station" },
  { key: "media.publisher", code: 46, type: "string", on: ["sessionStart"], xdm: "sessionDetails.publisher", summary: "audio: publisher" },
  { key: "media.cdn", code: 76, type: "string", on: ["sessionStart"], xdm: "sessionDetails.cdn", label: "CDN", summary: "content delivery network; only Media Edge documents it" },
  { key: "media.ad.podFriendlyName", code: 47, type: "string", on: ["adBreakStart", "adStart"], xdm: "advertisingPodDetails.friendlyName", label: "Break", summary: "name of the ad break; one client repeats it on adStart" },
  { key: "media.ad.podIndex", code: 48, type: "integer", on: ["adBreakStart"], required: true, xdm: "advertisingPodDetails.index", label: "Break number", summary: "index of the break in the content; -1 post-roll occurs" },
  { key: "media.ad.podSecond", code: 49, type: "number", on: ["adBreakStart"], required: true, xdm: "advertisingPodDetails.offset", unit: "s", label: "Break second", summary: "second of content at which the break starts" },
  { key: "media.ad.id", code: 50, type: "string", on: ["adStart"], required: true, xdm: "advertisingDetails.name", label: "Ad ID", summary: "ad id" },
  { key: "media.ad.name", code: 51, type: "string", on: ["adStart"], xdm: "advertisingDetails.friendlyName", label: "Ad", summary: "ad name" },
  { key: "media.ad.length", code: 52, type: "number", on: ["adStart"], required: true, xdm: "advertisingDetails.length", unit: "s", label: "Ad length", summary: "ad length, seconds" },
  { key: "media.ad.podPosition", code: 53, type: "integer", on: ["adStart"], required: true, xdm: "advertisingDetails.podPosition", label: "Position in the break", summary: "position in the break, from 1" },
  { key: "media.ad.playerName", code: 54, type: "string", on: ["adStart"], required: true, xdm: "advertisingDetails.playerName", label: "Ad player", summary: "player that renders the ad" },
  { key: "media.ad.advertiser", code: 55, type: "string", on: ["adStart"], xdm: "advertisingDetails.advertiser", summary: "brand" },
  { key: "media.ad.campaignId", code: 56, type: "string", on: ["adStart"], xdm: "advertisingDetails.campaignID", label: "Campaign", summary: "campaign" },
  { key: "media.ad.creativeId", code: 57, type: "string", on: ["adStart"], xdm: "advertisingDetails.creativeID", label: "Creative", summary: "creative" },
  { key: "media.ad.siteId", code: 58, type: "string", on: ["adStart"], xdm: "advertisingDetails.siteID", label: "Ad site", summary: "site" },
  { key: "media.ad.creativeURL", code: 59, type: "string", on: ["adStart"], xdm: "advertisingDetails.creativeURL", summary: "creative URL" },
  { key: "media.ad.placementId", code: 60, type: "string", on: ["adStart"], xdm: "advertisingDetails.placementID", label: "Placement", summary: "placement" },
  { key: "media.chapter.index", code: 61, type: "integer", on: ["chapterStart"], required: true, xdm: "chapterDetails.index", label: "Chapter number", summary: "position of the chapter; 0 occurs" },
  { key: "media.chapter.offset", code: 62, type: "number", on: ["chapterStart"], required: true, xdm: "chapterDetails.offset", unit: "s", label: "Chapter second", summary: "second of content at which it starts" },
  { key: "media.chapter.length", code: 63, type: "number", on: ["chapterStart"], required: true, xdm: "chapterDetails.length", unit: "s", label: "Chapter length", summary: "length, seconds" },
  { key: "media.chapter.friendlyName", code: 64, type: "string", on: ["chapterStart"], xdm: "chapterDetails.friendlyName", label: "Chapter", summary: "chapter name" },
  { key: "media.state.name", code: 65, type: "string", on: ["stateStart", "stateEnd"], required: true, xdm: "states[].name", pattern: STATE_NAME, flag: "state-name-invalid", label: "Player state", summary: "fullscreen, mute, closedCaptioning, pictureInPicture, inFocus, or a custom name ^[a-zA-Z0-9_.]{1,64}$; fullScreen is the same state as fullscreen" },
  { key: "statesStart", code: 66, type: "array", on: ["statesUpdate"], summary: "player states that become active: [{\"media.state.name\": …}], at most 64" },
  { key: "statesEnd", code: 67, type: "array", on: ["statesUpdate"], summary: "player states that end; they count first" },
  { key: "media.errorId", code: 68, type: "string", on: ["error"], xdm: "errorDetails.name", label: "Error, older key", summary: "error id, older place" },
  { key: "media.errorSource", code: 69, type: "string", on: ["error"], xdm: "errorDetails.source", label: "Error source, older key", summary: "player or external, older place" },
  { key: "media.qoe.bitrate", code: 70, type: "integer", on: "qoeData", xdm: "qoeDataDetails.bitrate", unit: "bit/s", summary: "current bitrate, bits per second" },
  { key: "media.qoe.droppedFrames", code: 71, type: "integer", on: "qoeData", xdm: "qoeDataDetails.droppedFrames", summary: "frames dropped so far" },
  { key: "media.qoe.framesPerSecond", code: 72, type: "integer", on: "qoeData", xdm: "qoeDataDetails.framesPerSecond", summary: "current frame rate" },
  { key: "media.qoe.timeToStart", code: 73, type: "integer", on: "qoeData", xdm: "qoeDataDetails.timeToStart", unit: "ms", summary: "milliseconds from the wish to play to the first frame" },
  { key: "media.qoe.errorID", code: 74, type: "string", on: "qoeData", xdm: "errorDetails.name", label: "Error", summary: "error id" },
  { key: "media.qoe.errorSource", code: 75, type: "string", on: "qoeData", xdm: "errorDetails.source", label: "Error source", summary: "player or external" },
] as const satisfies readonly ParameterRow[];

export type ParameterKey = (typeof ROWS)[number]["key"];

export interface Parameter extends ParameterRow {
  readonly key: ParameterKey;
}

export const PARAMETERS: readonly Parameter[] = ROWS;
