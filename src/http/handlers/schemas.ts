/** The schemas that this server validates with, for integrating a player. */

import { AppError } from "../../base/errors.ts";
import { findSchema, listSchemas } from "../../protocol/collection/json-schema.ts";
import type { ValidationMode } from "../../protocol/mode.ts";
import { type Handler, json } from "../resource.ts";

interface SchemaHandlers {
  /** `GET /api/v1/schemas` */
  readonly list: Handler;
  /** `GET /api/v1/schemas/{eventType}` */
  readonly get: Handler<"/:eventType">;
}

export function schemaHandlers(mode: ValidationMode): SchemaHandlers {
  return {
    list: (_request, headers) => json({ validation: mode, schemas: listSchemas() }, headers),
    get: (request, headers) => {
      const schema = findSchema(request.params.eventType, mode);
      if (!schema) throw new AppError("not-found", "No event type has this name; /api/v1/schemas lists them");
      return json(schema, headers);
    },
  };
}
