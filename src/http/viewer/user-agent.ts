/**
 * Words for what a request's `User-Agent` and client hints say: a device, a browser and a system of short lists,
 * whatever a client sends.
 */

import { UAParser } from "ua-parser-js";
import { type Bot, botOf } from "./bots.ts";

interface AgentWords {
  readonly device: Device;
  readonly browser: string;
  readonly os: string;
  readonly bot: Bot;
}

/** What a client says of itself, cut to bounded lengths. */
export interface Agent {
  /** `User-Agent`. */
  readonly text: string;
  /** `Sec-CH-UA`: the brands of the browser, which may hide its name in the text. */
  readonly brands: string;
  /** `Sec-CH-UA-Platform`. */
  readonly platform: string;
  /** `Sec-CH-UA-Mobile`. */
  readonly isMobile: boolean;
}

/** Longer than any player's. */
const TEXT_CHARS_MAX = 400;
const HINT_CHARS_MAX = 200;
/** Some of the library's expressions take milliseconds for a long run of such characters, which no player sends. */
const LONG_RUN = /([\w.]{40})[\w.]+/g;

export function agentOf(headers: Headers): Agent {
  const cut = (name: string, charsMax: number) => (headers.get(name) ?? "").slice(0, charsMax);
  return {
    text: cut("User-Agent", TEXT_CHARS_MAX),
    brands: cut("Sec-CH-UA", HINT_CHARS_MAX),
    platform: cut("Sec-CH-UA-Platform", HINT_CHARS_MAX),
    isMobile: headers.get("Sec-CH-UA-Mobile") === "?1",
  };
}

export const DEVICES = ["phone", "tablet", "desktop", "tv", "console", "wearable", "other"] as const;
type Device = (typeof DEVICES)[number];

/** Stands for what no list has. */
const OTHER = "other";
/** In place of a browser: a player of its own, as apps and televisions have one. */
const APP = "app";

interface Known {
  readonly test: RegExp;
  readonly device: Device;
  readonly os?: string;
}

/** Devices for the living room that the library takes for another one. The first that matches counts. */
const LIVING_ROOM: readonly Known[] = [
  { test: /\bApple ?TV/i, device: "tv", os: "tvOS" },
  { test: /\bRoku/i, device: "tv", os: "Roku OS" },
  { test: /; AFT\w{1,12}\b/, device: "tv", os: "Fire OS" },
  { test: /\bWeb0S\b|\bwebOS ?TV/i, device: "tv", os: "webOS" },
  { test: /\bVIDAA\b/i, device: "tv", os: "VIDAA" },
  { test: /\bCrKey\b|\bHbbTV\b|\bSmart-?TV|\bSmartCast\b|\b(?:Google|Android) ?TV\b/i, device: "tv" },
];

const DEVICE_BY_TYPE: ReadonlyMap<string, Device> = new Map([
  ["mobile", "phone"],
  ["tablet", "tablet"],
  ["smarttv", "tv"],
  ["console", "console"],
  ["wearable", "wearable"],
]);

/** Computers, for which the library has no type. */
const DESKTOPS: ReadonlySet<string> = new Set(["BSD", "Chrome OS", "Linux", "macOS", "Windows"]);

/** The library's names in lower case, since it repeats some as they were sent. */
const BROWSERS = byName({
  "Android Browser": ["android browser"],
  "Android WebView": ["chrome webview"],
  Brave: ["brave"],
  Chrome: ["chrome"],
  Chromium: ["chromium"],
  Cobalt: ["cobalt"],
  DuckDuckGo: ["duckduckgo"],
  Edge: ["edge"],
  Electron: ["electron"],
  Facebook: ["facebook"],
  Firefox: ["firefox", "firefox focus", "klar", "librewolf", "waterfox"],
  "Headless Chrome": ["chrome headless"],
  "Huawei Browser": ["huawei browser"],
  Instagram: ["instagram"],
  "Internet Explorer": ["ie", "iemobile"],
  Line: ["line"],
  "Mi Browser": ["miui browser"],
  "Oculus Browser": ["oculus browser"],
  Opera: ["opera", "opera gx", "opera mini", "opera mobi", "opera tablet", "opera touch", "opera coast"],
  "QQ Browser": ["qqbrowser", "mqqbrowser", "qqbrowserlite"],
  Safari: ["safari", "mobile safari"],
  "Samsung Internet": ["samsung internet"],
  Silk: ["silk"],
  Snapchat: ["snapchat"],
  TikTok: ["tiktok"],
  "UC Browser": ["ucbrowser"],
  Vivaldi: ["vivaldi"],
  WebKit: ["webkit"],
  WeChat: ["wechat"],
  "Yandex Browser": ["yandex"],
});

const SYSTEMS = byName({
  Android: ["android", "android-x86"],
  BSD: ["freebsd", "netbsd", "openbsd", "dragonfly"],
  "Cast OS": ["chromecast"],
  "Chrome OS": ["chromium os"],
  HarmonyOS: ["harmonyos", "openharmony"],
  iOS: ["ios"],
  KaiOS: ["kaios"],
  Linux: ["linux", "ubuntu", "debian", "fedora", "centos", "arch", "gentoo", "mint", "suse", "opensuse", "manjaro"],
  macOS: ["mac os"],
  Nintendo: ["nintendo"],
  PlayStation: ["playstation"],
  Tizen: ["tizen"],
  watchOS: ["watchos"],
  webOS: ["webos"],
  Windows: ["windows"],
  Xbox: ["xbox"],
});

/** Brands that count before the text, where some browsers give the name of another one. */
const BRANDS: readonly (readonly [brand: string, browser: string])[] = [
  ["Brave", "Brave"],
  ["DuckDuckGo", "DuckDuckGo"],
  ["HeadlessChrome", "Headless Chrome"],
  ["Microsoft Edge", "Edge"],
  ["Opera", "Opera"],
  ["Vivaldi", "Vivaldi"],
  ["YaBrowser", "Yandex Browser"],
];

/** Systems by the names that hints have for them. */
const PLATFORMS = byName({
  Android: ["android"],
  "Chrome OS": ["chrome os", "chromium os"],
  iOS: ["ios"],
  Linux: ["linux"],
  macOS: ["macos"],
  Windows: ["windows"],
});

/** The words of every list, so that a test can hold answers to them. */
export const BROWSER_WORDS: ReadonlySet<string> = new Set([
  ...BROWSERS.values(),
  ...BRANDS.map(([, browser]) => browser),
  APP,
  OTHER,
]);
export const OS_WORDS: ReadonlySet<string> = new Set([
  ...SYSTEMS.values(),
  ...PLATFORMS.values(),
  ...LIVING_ROOM.flatMap(({ os }) => os ?? []),
  OTHER,
]);

/** Finds the words for a client, which says something. */
export function wordsOf({ text: sent, brands, platform, isMobile }: Agent): AgentWords {
  const text = sent.replace(LONG_RUN, "$1");
  // The library takes an empty text for this program's own.
  const parser = new UAParser(text === "" ? "-" : text);
  const living = LIVING_ROOM.find(({ test }) => test.test(text));
  const hinted = PLATFORMS.get(lowered(platform).replaceAll('"', ""));
  const os = living?.os ?? SYSTEMS.get(lowered(parser.getOS().name)) ?? hinted ?? OTHER;
  const bot = botOf(`${text} ${brands}`);
  const type = parser.getDevice().type;
  const device = living?.device ?? DEVICE_BY_TYPE.get(type ?? "") ?? untyped();
  return { device, browser: browser(), os, bot };

  function untyped(): Device {
    if (isMobile) return "phone";
    return type === undefined && DESKTOPS.has(os) ? "desktop" : OTHER;
  }

  function browser(): string {
    const branded = BRANDS.find(([brand]) => brands.includes(`"${brand}"`));
    if (branded) return branded[1];
    const name = lowered(parser.getBrowser().name);
    const known = BROWSERS.get(name);
    if (known !== undefined) return known;
    return name === "" && os !== OTHER && bot === "no" ? APP : OTHER;
  }
}

function lowered(name: string | undefined): string {
  return name?.toLowerCase() ?? "";
}

/** Words by each of the names that stand for them. */
function byName(names: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(names).flatMap(([word, all]) => all.map((name) => [name, word] as const)));
}
