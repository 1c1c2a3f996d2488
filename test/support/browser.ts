/** A real Chromium, driven by playwright: one for each test file that needs a page. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Restricts it to the page: no updates, no sync, no first-run steps. */
const SWITCHES = [
  ...["--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  "--autoplay-policy=no-user-gesture-required",
];

/** The path of a Chromium: `CHROMIUM_PATH`, or where systems have it. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH: named } = process.env;
  return [...(named ? [named] : PATHS)].find((path) => existsSync(path));
}

/** Starts a Chromium; disposing of it ends it. @throws Error when there is none */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("There is no Chromium: bun scripts/browser.ts");
  return await chromium.launch({ executablePath, args: SWITCHES });
}
