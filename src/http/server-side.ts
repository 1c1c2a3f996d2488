/** What a handler may ask about its connection: the client's address, and to keep it open while idle. */

import type { Server } from "bun";

export type ServerSide = Pick<Server<unknown>, "timeout" | "requestIP">;
