/** Validators of events, each compiled when the first event of its type comes. */

import type { TSchema } from "typebox";
import Schema from "typebox/schema";
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
      validator = Schema.Compile(schemaOf(entry)) as unknown as Validator;
      validators.set(entry, validator);
    }
    return validator;
  };
}
