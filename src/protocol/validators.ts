/**
 * Validators of events, each compiled at its first use.
 *
 * TypeBox loads with the first of them: it takes 5 MB of memory and 3 ms (15 MB and 70 ms from source), and a server
 * that refuses no event never needs it. `import()` would have every reader of events wait for a promise.
 */

import type { TSchema } from "typebox";
import type { CatalogueEntry } from "./events.ts";
import type { SchemaError } from "./problem.ts";

interface Validator {
  Check(value: unknown): boolean;
  Errors(value: unknown): [boolean, SchemaError[]];
}

export function createValidators(schemaOf: (entry: CatalogueEntry) => TSchema): (entry: CatalogueEntry) => Validator {
  const validators = new Map<CatalogueEntry, Validator>();
  return (entry) => {
    let validator = validators.get(entry);
    if (!validator) {
      const { Compile } = require("typebox/schema") as typeof import("typebox/schema");
      validator = Compile(schemaOf(entry)) as unknown as Validator;
      validators.set(entry, validator);
    }
    return validator;
  };
}
