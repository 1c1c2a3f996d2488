/** One of several HTTP processes on one port: it validates, hands on to the one that writes, and answers. */

import { loadConfig } from "../../src/config.ts";
import { collectPolicy, createCors } from "../../src/http/answer/cors.ts";
import { Bodies } from "../../src/http/read/body.ts";
import { createParser } from "../../src/protocol/collection/parse.ts";
import { type Answered, type Asked, inTurns, type Listening } from "./messages.ts";

const [port = ""] = process.argv.slice(2);
const { collect, limits } = loadConfig({});
const parser = createParser({
  mode: collect.validation,
  eventsMax: limits.arrayEventsMax,
  limits: { keysMax: limits.eventKeysMax, stringBytesMax: limits.stringBytesMax },
});
const waiting = new Map<number, (answer: Answered) => void>();
const hand = inTurns<Asked>((asked) => process.send?.(asked));
const bodies = new Bodies(limits);
const corsOf = createCors(collectPolicy([]));
let last = 0;

process.on("message", (answers: readonly Answered[]) => {
  for (const answer of answers) {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  }
});
process.on("disconnect", () => process.exit(0));

function ask(asked: Omit<Asked, "id">): Promise<Answered> {
  last += 1;
  const id = last;
  hand({ id, ...asked });
  return new Promise((resolve) => waiting.set(id, resolve));
}

function refuse(status: number): Response {
  return new Response(null, { status });
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  reusePort: true,
  development: false,
  routes: {
    "/readyz": () => new Response("{}"),
    "/api/v1/sessions": async (request, server) => {
      const parsed = parser.parseOpening(await bodies.read(request, server, { bytesMax: limits.bodyBytesMax }));
      if (!("value" in parsed) || parsed.value.kind !== "live") return refuse(400);
      const { sid, code } = await ask({ sid: undefined, event: parsed.value.start });
      if (code) return refuse(503);
      const headers = { "Content-Type": "application/octet-stream", Location: `/api/v1/sessions/${sid}` };
      return new Response(null, { status: 201, headers: { ...corsOf(request), ...headers } });
    },
    "/api/v1/sessions/:sid/events": async (request, server) => {
      const parsed = parser.parseEvent(await bodies.read(request, server, { bytesMax: limits.bodyBytesMax }));
      if (!("value" in parsed)) return refuse(400);
      const { code } = await ask({ sid: request.params.sid, event: parsed.value });
      if (code) return refuse(code === "session-not-found" ? 404 : 503);
      return new Response(null, { status: 204, headers: corsOf(request) });
    },
  },
});
process.send?.({ port: server.port ?? 0 } satisfies Listening);
