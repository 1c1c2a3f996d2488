/**
 * Fastify as its documentation sets it up: JSON Schemas on the routes, checked by Ajv, which Fastify compiles.
 *
 * Two settings differ from Fastify's own, since the contract refuses a wrong type and keeps unknown keys: values are
 * not coerced and members not removed. `discriminator` lets Ajv look at the one schema that an event's type names.
 */

import Fastify, { type FastifyInstance } from "fastify";
import { BODY_BYTES_MAX, BODY_TYPE, CORS, locationOf, type PlayerEvent, type Task, UNKNOWN } from "./contract.ts";

/** Where a peer keeps things; each resolves after the commit. */
export interface Storage {
  /** @returns the sid */
  openSession(start: PlayerEvent): string | Promise<string>;
  /** @returns whether there is such a session */
  addEvent(sid: string, event: PlayerEvent): boolean | Promise<boolean>;
}

/** Makes the service over some storage. */
export function createFastify({ start, events }: Task, storage: Storage): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, discriminator: true, strict: false },
    },
  });
  const event = {
    type: "object",
    required: ["eventType"],
    discriminator: { propertyName: "eventType" },
    oneOf: events,
  };

  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(CORS);
    done();
  });
  app.options("/api/v1/*", (_request, reply) => reply.code(204).header("Access-Control-Max-Age", "86400").send());
  app.post<{ Body: PlayerEvent }>("/api/v1/sessions", { schema: { body: start } }, async (request, reply) => {
    const sid = await storage.openSession(request.body);
    return reply.code(201).type(BODY_TYPE).header("Location", locationOf(sid)).send();
  });
  app.post<{ Body: PlayerEvent; Params: { sid: string } }>(
    "/api/v1/sessions/:sid/events",
    { schema: { body: event } },
    async (request, reply) => {
      const isKnown = await storage.addEvent(request.params.sid, request.body);
      return isKnown ? reply.code(204).send() : reply.code(404).send(UNKNOWN);
    },
  );
  return app;
}
