/** Two catalogues: the players of made-up viewers and their connections, with how well both do. */

/** A release of a player. */
export interface Release {
  readonly version: string;
  readonly weight: number;
  /** The share of sessions that fail before anything plays. */
  readonly startErrorRatio: number;
  /** The same once its fault shows. */
  readonly faultyStartErrorRatio?: number;
}

export interface Player {
  readonly name: string;
  readonly weight: number;
  readonly devices: readonly string[];
  readonly reportSuite: string;
  readonly library: string;
  readonly releases: readonly Release[];
  readonly connections: readonly Network[];
  /** Installed, so that an installation has an id. */
  readonly installed: boolean;
  /** The share of viewers who leave without a word from the player: a closed lid, a killed app, a switched-off set. */
  readonly silentRatio: number;
  /** From the wish to play to the first frame, on a good connection. */
  readonly startMs: number;
  /** An older player doesn't report waiting for data: its playhead just stands still. */
  readonly saysBuffering: boolean;
  readonly canSkipAds: boolean;
  readonly canGoFullscreen: boolean;
  readonly droppedFramesPerMinute: number;
}

export interface Network {
  readonly name: string;
  readonly weight: number;
  readonly latencyMs: number;
  /** In bits per second. */
  readonly bitrateMax: number;
  readonly rebuffersPerHour: number;
  /** How much longer everything takes than on a good connection. */
  readonly slowness: number;
}

const FIBRE = { name: "fibre", latencyMs: 18, bitrateMax: 20_000_000, rebuffersPerHour: 0.4, slowness: 1 };
const CABLE = { name: "cable", latencyMs: 28, bitrateMax: 12_000_000, rebuffersPerHour: 0.8, slowness: 1.15 };
const DSL = { name: "dsl", latencyMs: 45, bitrateMax: 4_500_000, rebuffersPerHour: 2.5, slowness: 1.6 };
const WIFI = { name: "wifi", latencyMs: 35, bitrateMax: 8_000_000, rebuffersPerHour: 1.5, slowness: 1.3 };
const MOBILE_5G = { name: "5g", latencyMs: 40, bitrateMax: 10_000_000, rebuffersPerHour: 1.2, slowness: 1.2 };
const MOBILE_4G = { name: "4g", latencyMs: 75, bitrateMax: 3_500_000, rebuffersPerHour: 5, slowness: 1.9 };

const AT_HOME: readonly Network[] = [
  { ...FIBRE, weight: 45 },
  { ...CABLE, weight: 35 },
  { ...DSL, weight: 20 },
];
const ON_THE_MOVE: readonly Network[] = [
  { ...WIFI, weight: 50 },
  { ...MOBILE_5G, weight: 25 },
  { ...MOBILE_4G, weight: 25 },
];

export const PLAYERS: readonly Player[] = [
  {
    name: "Web player",
    weight: 34,
    devices: ["laptop", "desktop", "tablet"],
    reportSuite: "example.web",
    library: "js-3.2.1",
    releases: [
      { version: "web-8.4.0", weight: 70, startErrorRatio: 0.006 },
      { version: "web-8.3.2", weight: 30, startErrorRatio: 0.01 },
    ],
    connections: AT_HOME,
    installed: false,
    silentRatio: 0.3,
    startMs: 900,
    saysBuffering: true,
    canSkipAds: true,
    canGoFullscreen: true,
    droppedFramesPerMinute: 0.6,
  },
  {
    name: "iOS app",
    weight: 20,
    devices: ["phone", "phone", "tablet"],
    reportSuite: "example.apps",
    library: "ios-5.1.0",
    releases: [
      { version: "ios-12.1", weight: 80, startErrorRatio: 0.004 },
      { version: "ios-12.0", weight: 20, startErrorRatio: 0.005 },
    ],
    connections: ON_THE_MOVE,
    installed: true,
    silentRatio: 0.25,
    startMs: 700,
    saysBuffering: true,
    canSkipAds: true,
    canGoFullscreen: true,
    droppedFramesPerMinute: 0.1,
  },
  {
    name: "Android app",
    weight: 20,
    devices: ["phone", "phone", "tablet"],
    reportSuite: "example.apps",
    library: "android-5.0.3",
    releases: [
      { version: "android-11.8", weight: 55, startErrorRatio: 0.007 },
      // A fault that reports can find, and date.
      { version: "android-11.9", weight: 45, startErrorRatio: 0.007, faultyStartErrorRatio: 0.13 },
    ],
    connections: ON_THE_MOVE,
    installed: true,
    silentRatio: 0.35,
    startMs: 1100,
    saysBuffering: true,
    canSkipAds: true,
    canGoFullscreen: true,
    droppedFramesPerMinute: 1.2,
  },
  {
    name: "TV app",
    weight: 18,
    devices: ["smart-tv", "smart-tv", "set-top-box", "console"],
    reportSuite: "example.tv",
    library: "tv-2.7.0",
    releases: [
      { version: "tv-4.2", weight: 60, startErrorRatio: 0.008 },
      { version: "tv-4.0", weight: 40, startErrorRatio: 0.012 },
    ],
    connections: AT_HOME,
    installed: true,
    silentRatio: 0.45,
    startMs: 1800,
    saysBuffering: true,
    canSkipAds: false,
    canGoFullscreen: false,
    droppedFramesPerMinute: 2.5,
  },
  {
    name: "Partner embed",
    weight: 8,
    devices: ["laptop", "phone"],
    reportSuite: "example.partners",
    library: "js-2.9.0",
    releases: [{ version: "embed-1.6", weight: 1, startErrorRatio: 0.015 }],
    connections: [...AT_HOME, ...ON_THE_MOVE],
    installed: false,
    silentRatio: 0.5,
    startMs: 1500,
    saysBuffering: false,
    canSkipAds: true,
    canGoFullscreen: true,
    droppedFramesPerMinute: 1.5,
  },
];
