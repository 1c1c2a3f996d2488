/** Operations on named tokens. */

import Type from "typebox";
import type { Operation } from "../operation.ts";
import { instant, nullable } from "../values.ts";

const NAME = Type.String({
  pattern: "^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$",
  description: "What the token is called; `admin` is taken.",
  examples: ["weekly-report"],
});
const READ_ONLY = Type.Boolean({
  description:
    "Whether it reads reports, live numbers and sessions alone. Keys that hold personal data show as hashes, and are " +
    "no dimension, filter or column.",
});
const REPORT_SUITE = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: "The only `analytics.reportSuite` whose sessions it sees.",
  examples: ["suite-1"],
});
const CHANNEL = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: "The only `media.channel` whose sessions it sees.",
  examples: ["Sports"],
});

const RIGHTS = {
  readOnly: READ_ONLY,
  reportSuite: nullable(REPORT_SUITE),
  channel: nullable(CHANNEL),
};
const STORED = {
  name: NAME,
  ...RIGHTS,
  createdAt: instant("When it was created."),
  usedAt: nullable(instant("The hour of its last use; null before the first.")),
};
const TOKEN = Type.Object(STORED, { title: "NamedToken", description: "A named token, without the token." });
const CREATED = Type.Object(
  { ...STORED, token: Type.String({ description: "The token. It is shown here alone." }) },
  { title: "CreatedToken" },
);
const OWN = Type.Object(
  {
    name: Type.String({ description: "What it is called; `admin` for the admin token." }),
    ...RIGHTS,
    isAdmin: Type.Boolean({ description: "Whether it may do everything: it is neither read-only nor limited." }),
  },
  { title: "OwnToken" },
);

const EXAMPLE = {
  name: "weekly-report",
  readOnly: true,
  reportSuite: null,
  channel: "Sports",
  createdAt: 1_790_000_000_000,
  usedAt: null,
};
const STORE_ERRORS = ["overloaded", "store-full", "store-failed"] as const;

/** `/admin/api/tokens`, `/admin/api/tokens/{name}`, `/admin/api/token` */
export function tokenOperations(): readonly Operation[] {
  return [
    {
      id: "getOwnToken",
      method: "GET",
      path: "/admin/api/token",
      tag: "Tokens",
      summary: "What the token of this request may do",
      admin: true,
      answers: {
        200: {
          description: "Its name and rights.",
          schema: OWN,
          example: { name: "admin", readOnly: false, reportSuite: null, channel: null, isAdmin: true },
        },
      },
    },
    {
      id: "listTokens",
      method: "GET",
      path: "/admin/api/tokens",
      tag: "Tokens",
      summary: "List the named tokens",
      admin: true,
      answers: {
        200: {
          description: "All of them, by name; at most 100.",
          schema: Type.Object({ tokens: Type.Array(TOKEN) }, { title: "NamedTokens" }),
          example: { tokens: [EXAMPLE] },
        },
      },
      errors: ["forbidden", "store-failed"],
    },
    createToken(),
    {
      id: "revokeToken",
      method: "DELETE",
      path: "/admin/api/tokens/:name",
      tag: "Tokens",
      summary: "Revoke a named token",
      description: "At once: streams and downloads end, and browsers that signed in with it are signed out.",
      admin: true,
      parameters: { name: NAME },
      answers: { 204: { description: "It is revoked." } },
      errors: ["forbidden", "token-not-found", ...STORE_ERRORS],
    },
  ];
}

function createToken(): Operation {
  return {
    id: "createToken",
    method: "POST",
    path: "/admin/api/tokens",
    tag: "Tokens",
    summary: "Create a named token",
    description: "The server keeps a hash of it alone, so the answer is the only place that shows it.",
    admin: true,
    body: {
      description: "What it is called and may do.",
      schema: Type.Object(
        {
          name: NAME,
          readOnly: Type.Optional(READ_ONLY),
          reportSuite: Type.Optional(nullable(REPORT_SUITE)),
          channel: Type.Optional(nullable(CHANNEL)),
        },
        { title: "TokenRequest", additionalProperties: false },
      ),
      examples: {
        reader: { summary: "A reader of one channel", value: { name: "sports", readOnly: true, channel: "Sports" } },
      },
    },
    answers: {
      201: {
        description: "It is good at once.",
        schema: CREATED,
        example: { ...EXAMPLE, token: "playhead_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG" },
      },
    },
    errors: ["forbidden", "token-refused", ...STORE_ERRORS],
  };
}
