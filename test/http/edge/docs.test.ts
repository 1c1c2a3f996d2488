/** The commands of docs/edge.md, as they stand there. */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ManualClock } from "../../support/clock.ts";
import { startTestServer } from "../../support/server.ts";

test("the page's curl commands open a session and add an event", async () => {
  const [, commands = ""] = /## curl\n.*?```sh\n(.*?)```/s.exec(readFileSync("docs/edge.md", "utf8")) ?? [];
  expect(commands).toContain("http://localhost:8080");
  // Its timestamps are of today.
  await using server = await startTestServer({ clock: new ManualClock(Date.now()) });
  const child = Bun.spawn(["sh", "-c", commands.replace("http://localhost:8080", server.url)], { stderr: "ignore" });
  expect(await new Response(child.stdout).text()).toStartWith("HTTP/1.1 204 No Content");
  const { sessions } = await server.admin("/admin/api/sessions");
  const { events } = await server.admin(`/admin/api/sessions/${sessions[0].sid}`);
  expect(events.map(({ type, flags }: { type: string; flags: string[] }) => [type, flags])).toEqual([
    ["sessionStart", []],
    ["play", []],
  ]);
});
