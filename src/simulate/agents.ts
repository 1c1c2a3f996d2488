/** The `User-Agent` of made-up viewers' players, and a server's words for it. */

import type { Derived } from "../protocol/derived.ts";
import type { WireEvent } from "./wire.ts";

interface SimulatedAgent {
  readonly text: string;
  readonly words: Derived;
}

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const APPLE_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";

/** By the player's name and the device that its viewer has. */
export const AGENTS: Readonly<Record<string, SimulatedAgent>> = {
  "Web player, laptop": agent(
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${APPLE_WEBKIT} Version/18.1 Safari/605.1.15`,
    ["desktop", "Safari", "macOS"],
  ),
  "Web player, desktop": agent(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/131.0.0.0 Safari/537.36`, [
    "desktop",
    "Chrome",
    "Windows",
  ]),
  "Web player, tablet": agent(`Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/131.0.0.0 Safari/537.36`, [
    "tablet",
    "Chrome",
    "Android",
  ]),
  "iOS app, phone": agent("AppleCoreMedia/1.0.0.22B83 (iPhone; U; CPU OS 18_1 like Mac OS X; en_gb)", [
    "phone",
    "app",
    "iOS",
  ]),
  "iOS app, tablet": agent("AppleCoreMedia/1.0.0.22B83 (iPad; U; CPU OS 18_1 like Mac OS X; en_gb)", [
    "tablet",
    "app",
    "iOS",
  ]),
  "Android app, phone": agent("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A.230803.041)", [
    "phone",
    "app",
    "Android",
  ]),
  "Android app, tablet": agent("Dalvik/2.1.0 (Linux; U; Android 14; SM-X700 Build/UP1A.231005.007)", [
    "tablet",
    "app",
    "Android",
  ]),
  "TV app, smart-tv": agent(`Mozilla/5.0 (SMART-TV; Linux; Tizen 6.5) ${WEBKIT} Version/6.5 TV Safari/537.36`, [
    "tv",
    "Safari",
    "Tizen",
  ]),
  "TV app, set-top-box": agent("Dalvik/2.1.0 (Linux; U; Android 9; AFTKA Build/PS7624)", ["tv", "app", "Fire OS"]),
  "TV app, console": agent(
    `Mozilla/5.0 (PlayStation; PlayStation 5/5.10) ${APPLE_WEBKIT} Version/13.0 Safari/605.1.15`,
    ["console", "Safari", "PlayStation"],
  ),
  "Partner embed, laptop": agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", [
    "desktop",
    "Firefox",
    "Windows",
  ]),
  "Partner embed, phone": agent(
    `Mozilla/5.0 (Linux; Android 14; SM-S918B) ${WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
    ["phone", "Samsung Internet", "Android"],
  ),
};

/** The `User-Agent` of a start; undefined for the later events of its session. */
export function userAgentOf(body: WireEvent): string | undefined {
  return AGENTS[keyOf(body)]?.text;
}

/** What a server that knows countries would store of a start's viewer. */
export function derivedOf(start: WireEvent): Derived | undefined {
  const agent = AGENTS[keyOf(start)];
  const country = start.customMetadata?.["country"];
  return agent && { ...agent.words, ...(country !== undefined && { "viewer.country": country }) };
}

function keyOf({ params, customMetadata }: WireEvent): string {
  return `${params?.["media.playerName"]}, ${customMetadata?.["device"]}`;
}

function agent(
  text: string,
  [device, browser, os]: readonly [device: string, browser: string, os: string],
): SimulatedAgent {
  return {
    text,
    words: { "viewer.device": device, "viewer.browser": browser, "viewer.os": os, "viewer.bot": "no" },
  };
}
