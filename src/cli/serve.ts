/** `playhead serve`: runs the server until it is told to stop. */

import { type App, openApp } from "../app/app.ts";
import { systemClock } from "../base/clock.ts";
import { createLog } from "../base/log.ts";
import { type Config, loadConfig, SETTINGS } from "../config.ts";
import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";

export const serve: Command = {
  name: "serve",
  operandsMax: 0,
  summary: "Serves the Media Collection API (the default command).",
  settings: SETTINGS.map(({ key }) => key),
  example: "playhead serve --port 8080 --data-dir /var/lib/playhead",
  async run({ flags }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const log = createLog({
      level: config.server.logLevel,
      format: terminal.outIsTerminal ? "text" : "json",
      clock: systemClock,
      write: terminal.log ?? ((line) => terminal.out(line)),
    });
    const failure = Promise.withResolvers<"failed">();
    const { usage } = terminal;
    let hasFailed = false;
    const onStoreFailure = () => {
      hasFailed = true;
      failure.resolve("failed");
    };
    const app = await openApp({ config, log, onStoreFailure, ...(usage && { usage }) });
    terminal.err(bannerOf(app, config));
    log.info("Listening", { url: app.url, version: VERSION, validation: config.collect.validation });
    const end = await Promise.race([terminal.stopped.then(() => "stopped" as const), failure.promise]);
    log.info("Stopping", { because: end });
    await app.stop();
    log.info("Stopped");
    // The last checkpoint can fail too, and the exit code must tell of the disk.
    return hasFailed ? 1 : 0;
  },
};

function bannerOf({ url, metricsUrl, adminToken: { value, source } }: App, { server: { demo } }: Config): string {
  const lines = [
    "",
    `  Playhead ${VERSION}`,
    "",
    `  Dashboard         ${url}/admin`,
    `  Players post to   ${url}/api/v1/sessions`,
    `  Event schemas     ${url}/api/v1/schemas`,
    `  Documentation     ${url}/docs`,
    `  Health            ${url}/readyz`,
    `  Metrics           ${metricsUrl ?? `${url}/metrics`}`,
  ];
  if (demo) lines.push(`  Demo              ${url}/demo`);
  if (source.kind === "environment") lines.push("  Admin token       from PLAYHEAD_ADMIN_TOKEN");
  else lines.push(`  Admin token       in ${source.path}`);
  if (source.kind === "file" && source.isNew) lines.push(`                    ${value}  (shown this once)`);
  return `${lines.join("\n")}\n\n`;
}
