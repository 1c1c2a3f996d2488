/** The schemas that this server validates with, for developers of players. */

import { didYouMean } from "../../base/did-you-mean.ts";
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
      if (!schema) throw unknownType(request.params.eventType);
      return json(schema, headers);
    },
  };
}

function unknownType(name: string): AppError {
  const types = listSchemas().map(({ eventType }) => eventType);
  const hint = didYouMean(name, types) || ";";
  return new AppError("not-found", `No event type has this name${hint} /api/v1/schemas lists them`);
}
