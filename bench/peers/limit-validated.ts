/** A limit, not a peer: the least that reads a body, checks it and answers, and keeps nothing. */

import { newSid } from "../../src/base/ids.ts";
import { compileChecks } from "./checks.ts";
import { announce, BODY_TYPE, CORS, locationOf, REFUSED, readTask } from "./contract.ts";

const { isStart, isEvent } = compileChecks(readTask());

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/api/v1/sessions": {
      async POST(request) {
        if (!isStart(JSON.parse(await request.text()))) return Response.json(REFUSED, { status: 400, headers: CORS });
        const headers = { ...CORS, "Content-Type": BODY_TYPE, Location: locationOf(newSid(Date.now())) };
        return new Response(null, { status: 201, headers });
      },
    },
    "/api/v1/sessions/:sid/events": {
      async POST(request) {
        if (!isEvent(JSON.parse(await request.text()))) return Response.json(REFUSED, { status: 400, headers: CORS });
        return new Response(null, { status: 204, headers: CORS });
      },
    },
  },
});
announce(server.port);
