/** What every error answer is. */

import Type from "typebox";
import { PROBLEMS_SCHEMA } from "../../../protocol/collection/openapi.ts";
import { STATUS_BY_CODE } from "../../answer/errors.ts";

export const FAILURE = Type.Object(
  {
    code: Type.Enum(Object.keys(STATUS_BY_CODE), { description: "What went wrong, for programs." }),
    message: Type.String({ description: "What went wrong, in words for people." }),
    errors: Type.Optional(
      Type.Unsafe({ ...PROBLEMS_SCHEMA, description: "Each member of the body that is at fault; only where one is." }),
    ),
  },
  { title: "Failure", description: "The body of every error answer." },
);
