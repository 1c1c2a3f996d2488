/** The operations that destroy data: erasing a visitor, or one session. */

import Type from "typebox";
import type { Operation } from "../operation.ts";
import { SID, SID_EXAMPLE } from "../values.ts";

const ERASED = Type.Object(
  { erasedSessions: Type.Integer({ minimum: 0, description: "How many sessions there were." }) },
  { title: "Erased" },
);

const ERASED_ANSWER = { description: "They are erased.", schema: ERASED, example: { erasedSessions: 3 } };
const ERRORS = ["forbidden", "overloaded", "store-full", "store-failed"] as const;

const byBody = (name: string, id: Type.TSchema) => Type.Object({ [name]: id }, { additionalProperties: false });
const VISITOR = byBody("visitorId", Type.String({ minLength: 1, description: "The id as a player sent it." }));

/** `DELETE /admin/api/visitors/{id}`, `DELETE /admin/api/sessions/{sid}`, `POST /admin/api/erasures` */
export function visitorOperations(): readonly Operation[] {
  return [eraseVisitor(), eraseSession(), postErasure()];
}

function eraseVisitor(): Operation {
  return {
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
  };
}

function eraseSession(): Operation {
  return {
    id: "eraseSession",
    method: "DELETE",
    path: "/admin/api/sessions/:sid",
    tag: "Sessions",
    summary: "Erase a session",
    description: "Erases one session, open or closed, from every table and file. It can't be undone.",
    admin: true,
    parameters: { sid: SID },
    answers: { 200: { description: "It is erased.", schema: ERASED, example: { erasedSessions: 1 } } },
    errors: ["session-not-found", ...ERRORS],
  };
}

function postErasure(): Operation {
  return {
    id: "postErasure",
    method: "POST",
    path: "/admin/api/erasures",
    tag: "Sessions",
    summary: "Erase a visitor or a session by a body",
    description:
      "The same as erasing a visitor or a session by its path, but no id stands in the log of a proxy in front. A " +
      "session that isn't there is 0 sessions, not an error.",
    admin: true,
    body: {
      description: "Whom or what to erase.",
      schema: Type.Unsafe({ oneOf: [VISITOR, byBody("sid", SID)] }),
      examples: {
        visitor: { summary: "A visitor", value: { visitorId: "visitor-42" } },
        session: { summary: "A session", value: { sid: SID_EXAMPLE } },
      },
    },
    answers: { 200: ERASED_ANSWER },
    errors: ERRORS,
  };
}
