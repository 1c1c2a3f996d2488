/**
 * The catalogue of derived words: what the server knows of a session beside what its player says.
 *
 * A new word is one row here; storage, exports, report columns and dimensions follow from it.
 */

import type { Json } from "./json.ts";

interface DerivedRow {
  readonly key: string;
  /** The number that stands for the word in storage. Never reused, never changed. */
  readonly code: number;
  /** What it is listed among. */
  readonly group: "session" | "device";
  readonly summary: string;
}

const ROWS = [
  { key: "edge.configId", code: 1, group: "session", summary: "datastream that a session of Media Edge was sent to" },
  {
    key: "edge.client",
    code: 2,
    group: "session",
    summary: "client of Media Edge: `alloy`, `ios`, `tvos`, `android`, `roku` or `other`",
  },
  {
    key: "viewer.device",
    code: 3,
    group: "device",
    summary:
      "device that the session was opened on: `phone`, `tablet`, `desktop`, `tv`, `console`, `wearable`, `other`",
  },
  {
    key: "viewer.browser",
    code: 4,
    group: "device",
    summary: "browser, such as `Chrome`; `app` for a player of an app's own, or `other`",
  },
  { key: "viewer.os", code: 5, group: "device", summary: "operating system, such as `Android`, or `other`" },
  {
    key: "viewer.country",
    code: 6,
    group: "device",
    summary: "country as two letters (ISO 3166), if the server is set up to know it",
  },
  {
    key: "viewer.bot",
    code: 7,
    group: "device",
    summary: "`crawler`; `tool` for libraries, command lines and driven browsers; or `no`",
  },
] as const satisfies readonly DerivedRow[];

export type DerivedWord = (typeof ROWS)[number]["key"];

/** By the catalogue's words, which are the dimensions that they are reported under. */
export type Derived = Readonly<Partial<Record<DerivedWord, string>>>;

export const DERIVED_WORDS: readonly (DerivedRow & { readonly key: DerivedWord })[] = ROWS;

/**
 * What derived words mostly are: storage has the place of each in this list, so that new ones go to its end. What is
 * not here is spelled out.
 */
export const DERIVED_VALUES: readonly string[] = [
  ...["other", "no", "crawler", "tool", "app", "phone", "tablet", "desktop", "tv", "console", "wearable"],
  ...["alloy", "ios", "tvos", "android", "roku"],
  ...["Android", "BSD", "Cast OS", "Chrome OS", "Fire OS", "HarmonyOS", "iOS", "KaiOS", "Linux", "macOS", "Nintendo"],
  ...["PlayStation", "Roku OS", "Tizen", "tvOS", "VIDAA", "watchOS", "webOS", "Windows", "Xbox"],
  ...["Android Browser", "Android WebView", "Brave", "Chrome", "Chromium", "Cobalt", "DuckDuckGo", "Edge", "Electron"],
  ...["Facebook", "Firefox", "Headless Chrome", "Huawei Browser", "Instagram", "Internet Explorer", "Line"],
  ...["Mi Browser", "Oculus Browser", "Opera", "QQ Browser", "Safari", "Samsung Internet", "Silk", "Snapchat"],
  ...["TikTok", "UC Browser", "Vivaldi", "WebKit", "WeChat", "Yandex Browser"],
];

const KNOWN: ReadonlySet<string> = new Set(DERIVED_WORDS.map(({ key }) => key));

/** Whether an object has texts alone, each under a word of the catalogue. */
export function isDerived(value: Json): value is Derived {
  return Object.entries(value).every(([key, text]) => KNOWN.has(key) && typeof text === "string");
}
