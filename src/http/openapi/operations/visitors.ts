/** The operation that destroys data: erasing what is known of a visitor. */

import Type from "typebox";
import type { Operation } from "../operation.ts";

const ERASED = Type.Object(
  { erasedSessions: Type.Integer({ minimum: 0, description: "How many sessions there were." }) },
  { title: "Erased" },
);

const ERASED_ANSWER = { description: "They are erased.", schema: ERASED, example: { erasedSessions: 3 } };
const ERRORS = ["forbidden", "overloaded", "store-full", "store-failed"] as const;

/** `DELETE /admin/api/visitors/{id}`, `POST /admin/api/erasures` */
export function visitorOperations(): readonly Operation[] {
  return [
    {
      id: "eraseVisitor",
      method: "DELETE",
      path: "/admin/api/visitors/:id",
      tag: "Sessions",
      summary: "Erase a visitor",
      description:
        "Erases every session that names this visitor in any of the keys that hold personal data, from every table " +
        "and file. It can't be undone. A visitor that no session names is 0 sessions, not an error.",
      admin: true,
      parameters: {
        id: Type.String({
          minLength: 1,
          description: "The id as a player sent it, percent-encoded.",
          examples: ["visitor-42"],
        }),
      },
      answers: { 200: ERASED_ANSWER },
      errors: ["invalid-query", ...ERRORS],
    },
    {
      id: "postErasure",
      method: "POST",
      path: "/admin/api/erasures",
      tag: "Sessions",
      summary: "Erase a visitor by a body",
      description: "The same as erasing a visitor by its path, but no id stands in the log of a proxy in front.",
      admin: true,
      body: {
        description: "Whom to erase.",
        schema: Type.Object(
          { visitorId: Type.String({ minLength: 1, description: "The id as a player sent it." }) },
          { additionalProperties: false },
        ),
        examples: { visitor: { summary: "A visitor", value: { visitorId: "visitor-42" } } },
      },
      answers: { 200: ERASED_ANSWER },
      errors: ERRORS,
    },
  ];
}
