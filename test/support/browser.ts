/** A real Chromium that playwright drives; each test file that shows pages opens its own. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything but the page is off: updates, sync, first-run dialogs. */
const SWITCHES = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** Chromium's engine without windows shows a page for half of a whole browser's processor time. */
export const SHELL = "chromium-headless-shell";
const LINUX = [SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
const MACOS = ["Chromium", "Google Chrome", "Microsoft Edge"];
const WINDOWS = ["Chromium/Application/chrome.exe", "Google/Chrome/Application/chrome.exe"];

/** Lists where a system usually has Chromium, Chrome or Edge; `CHROMIUM_PATH` replaces the list. */
export function browserPaths(platform: string, environment: Environment): string[] {
  const { CHROMIUM_PATH: named, HOME: home } = environment;
  if (named) return [named];
  if (platform === "darwin") {
    const folders = ["/Applications", ...(home ? [`${home}/Applications`] : [])];
    return folders.flatMap((folder) => MACOS.map((name) => `${folder}/${name}.app/Contents/MacOS/${name}`));
  }
  if (platform === "win32") {
    const folders = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"].flatMap((name) => environment[name] ?? []);
    const paths = [...WINDOWS, "Microsoft/Edge/Application/msedge.exe"];
    return folders.flatMap((folder) => paths.map((path) => `${folder}/${path}`));
  }
  return [...LINUX.map((name) => `/usr/bin/${name}`), "/snap/bin/chromium"];
}

/** @returns the path of a browser, or undefined where none is installed */
export function findChromium(): string | undefined {
  return browserPaths(process.platform, process.env).find((path) => existsSync(path));
}

/**
 * Starts a browser; disposing of it ends it.
 *
 * @param switches beside those that every test has
 * @throws Error where none is installed
 */
export async function openBrowser(switches: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error("Cannot open a browser: no Chromium, Chrome or Edge is installed; name one in CHROMIUM_PATH");
  }
  // The headless shell makes a language of `C` or `POSIX` that Intl refuses.
  const env = { ...process.env, LC_ALL: "en_US.UTF-8" };
  return await chromium.launch({ executablePath, env, args: [...SWITCHES, ...switches] });
}
