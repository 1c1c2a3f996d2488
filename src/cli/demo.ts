/** `playhead demo`: a server with a month of made-up viewers, to look at and to throw away. */

import { openApp } from "../app/app.ts";
import { openDemo } from "../app/demo.ts";
import { systemClock } from "../base/clock.ts";
import { createLog } from "../base/log.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { createProgress } from "./progress.ts";
import { stopFlag } from "./stopping.ts";

const TOKEN_BYTES = 32;
/** Commands that open an address in a browser, of which the first that exists runs. */
const OPENERS = [["xdg-open"], ["open"], ["cmd", "/c", "start", ""]] as const;

export const demo: Command = {
  name: "demo",
  operandsMax: 0,
  summary: "Shows the dashboard with a month of made-up viewers, in a temporary directory that is removed at the end.",
  settings: ["port"],
  example: "playhead demo --port 8080",
  async run({ flags }, terminal) {
    const { port } = loadConfig(terminal.environment, flags).server;
    const progress = createProgress("Making a month of viewers", terminal);
    const adminToken = Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("hex");
    const log = createLog({
      level: "warn",
      format: terminal.outIsTerminal ? "text" : "json",
      clock: systemClock,
      write: terminal.log ?? ((line) => terminal.out(line)),
    });
    const opened = await openDemo({
      open: openApp,
      log,
      adminToken,
      onProgress: progress.update,
      isStopped: stopFlag(terminal),
      // Unless a port is given, a server that has the usual one keeps it.
      ports: flags["port"] === undefined ? [port, 0] : [port],
    }).finally(progress.end);
    if (!opened) return 1;
    await using shown = opened;
    const address = `${shown.app.url}/admin#/?token=${adminToken}`;
    terminal.err(bannerOf(shown.app.url, address));
    if (terminal.errIsTerminal) openInBrowser(address);
    await terminal.stopped;
    return 0;
  },
};

function bannerOf(url: string, address: string): string {
  const lines = [
    "",
    "  Playhead, with made-up viewers",
    "",
    `  Open          ${address}`,
    `  Players post  ${url}/api/v1/sessions`,
  ];
  return `${lines.join("\n")}\n\n  Ctrl-C ends it, and removes its data.\n\n`;
}

function openInBrowser(address: string): void {
  const opener = OPENERS.find(([name]) => Bun.which(name) !== null);
  if (opener) Bun.spawn([...opener, address], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).unref();
}
