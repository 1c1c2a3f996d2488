/** A limit, not a peer: Bun.serve that answers 201 and reads nothing. */

import { newSid } from "../../src/base/ids.ts";
import { announce, BODY_TYPE, CORS, locationOf, readTask } from "./contract.ts";

readTask();
const headers = { ...CORS, "Content-Type": BODY_TYPE, Location: locationOf(newSid(Date.now())) };

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: { "/api/v1/sessions": { POST: () => new Response(null, { status: 201, headers }) } },
});
announce(server.port);
