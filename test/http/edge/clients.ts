/** Clients of Media Edge that can't run here: what each puts on the wire, by its published source. */

export interface Told {
  readonly type: string;
  /** Milliseconds of the clock, since {@link BEGIN_MS}. */
  readonly atMs: number;
  readonly playhead: number;
  readonly collection?: object;
}

export interface Sent {
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

export interface EdgeClientWire {
  /** Whether a request that isn't answered is sent again, word for word. */
  readonly repeats: boolean;
  /** Members of `sessionDetails` beside those that each client sends. */
  readonly details: object;
  readonly ad: object;
  readonly bitrate: number;
  readonly captions: string;
  send(event: Told, at: number, sid: string | undefined): Sent;
  /** The answer's text as the client parses it. */
  read(text: string): unknown;
}

export const BEGIN_MS = Date.UTC(2026, 2, 4, 13, 38, 0);
export const ECID = "43895127335510793833562594691673771768";
const CONFIG_ID = "66b64400-e418-4184-8fed-b57636d09abc";
const JSON_HEADERS = { "Content-Type": "application/json", Accept: "application/json" };
const IDENTITY = { ECID: [{ id: ECID, authenticatedState: "ambiguous", primary: false }] };
const STREAMING = { konductorConfig: { streaming: { recordSeparator: "\0", lineFeed: "\n", enabled: true } } };

function xdmOf({ type, atMs, playhead, collection }: Told, timestamp: (atMs: number) => string, sid?: string): object {
  const mediaCollection = { playhead, ...(sid !== undefined && { sessionID: sid }), ...collection };
  return { eventType: `media.${type}`, timestamp: timestamp(BEGIN_MS + atMs), mediaCollection };
}

function paddedIso(ms: number): string {
  return new Date(ms).toISOString();
}

/** `datetime.brs`: the milliseconds as a number behind the point, without leading zeros. */
function rokuIso(ms: number): string {
  const [seconds, fraction] = paddedIso(ms).split(".") as [string, string];
  return `${seconds}.${Number(fraction.slice(0, 3))}Z`;
}

function idOf(at: number): string {
  return `0e1b2c3d-0000-4000-8000-${String(at).padStart(12, "0")}`;
}

function mobile(name: string, timestamp = paddedIso): Pick<EdgeClientWire, "repeats" | "send"> {
  const implementationDetails = { name: `https://ns.adobe.com/experience/mobilesdk/${name}`, version: "3.0.0+2.0.0" };
  return {
    repeats: true,
    send: (event, at, sid) => ({
      query: { configId: CONFIG_ID, requestId: idOf(1000 + at) },
      headers: JSON_HEADERS,
      body: {
        ...(name !== "roku" && { meta: STREAMING }),
        xdm: { identityMap: IDENTITY, implementationDetails: { ...implementationDetails, environment: "app" } },
        events: [{ xdm: { _id: idOf(at), ...xdmOf(event, timestamp, sid) } }],
      },
    }),
  };
}

const APP = { streamType: "video", hasResume: false, appVersion: "1.0" };
/** Documented in bits a second, unlike the reference. */
const BITS_PER_SECOND = 3_200_000;

export const CLIENTS = {
  /** Parts the answer at line feeds, and drops a separator before each part. */
  iOS: {
    ...mobile("ios"),
    details: APP,
    ad: { length: 15 },
    bitrate: BITS_PER_SECOND,
    captions: "closeCaption",
    read: (text) => JSON.parse(text.split("\n")[0]?.replace(/^\0/, "") ?? ""),
  },
  /** Cuts off as many characters as it asked to be separated by, whatever they are. */
  Android: {
    ...mobile("android"),
    details: APP,
    ad: { length: 15 },
    bitrate: BITS_PER_SECOND,
    captions: "closeCaption",
    read: (text) => JSON.parse(text.slice(1)),
  },
  Roku: {
    ...mobile("roku", rokuIso),
    details: APP,
    ad: { length: 15 },
    bitrate: 3200,
    captions: "closedCaptioning",
    read: JSON.parse,
  },
  THEOplayer: {
    repeats: false,
    details: { ID: "N/A" },
    ad: { length: 15.04 },
    bitrate: BITS_PER_SECOND,
    captions: "closedCaptioning",
    send: (event, _, sid) => ({
      query: { configId: CONFIG_ID, debugSessionID: "dbg" },
      headers: {
        ...JSON_HEADERS,
        Origin: "https://player.example",
        "User-Agent": "Mozilla/5.0 (Linux; U; Android 14)",
      },
      body: { events: [{ xdm: xdmOf(event, paddedIso, sid) }] },
    }),
    read: JSON.parse,
  },
} as const satisfies Readonly<Record<string, EdgeClientWire>>;
