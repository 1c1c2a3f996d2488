/** Named tokens: making, listing and revoking them, and what the token of a request may do. */

import { ownTokenView, tokenView } from "../../answers/tokens.ts";
import type { Clock } from "../../base/clock.ts";
import { didYouMean } from "../../base/did-you-mean.ts";
import { AppError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Store } from "../../store/store.ts";
import { hashOfToken, newToken, type TokenRequest, tokenProblems, whyNotAdded } from "../../store/token.ts";
import { BodyError } from "../answer/errors.ts";
import type { AdminHandler } from "../guard/auth.ts";
import type { Tokens } from "../guard/tokens.ts";
import type { Bodies } from "../read/body.ts";
import { jsonIn } from "../read/json-body.ts";
import { json } from "../resource.ts";

export interface TokensContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

interface TokensHandlers {
  /** `GET /admin/api/tokens` */
  readonly list: AdminHandler;
  /** `POST /admin/api/tokens` */
  readonly create: AdminHandler;
  /** `DELETE /admin/api/tokens/{name}` */
  readonly revoke: AdminHandler<"/:name">;
  /** `GET /admin/api/token` */
  readonly own: AdminHandler;
}

const BODY_BYTES_MAX = 16_384;
const MEMBERS = { name: "string", readOnly: "boolean", reportSuite: "string", channel: "string" } as const;

export function tokensHandlers({ store, clock, log }: TokensContext, tokens: Tokens, bodies: Bodies): TokensHandlers {
  return {
    list: async (_request, headers) => json({ tokens: (await store.listTokens()).map(tokenView) }, headers),
    create: async (request, headers, server, caller) => {
      const bytes = await bodies.read(request, server, { bytesMax: BODY_BYTES_MAX });
      bodies.release(bytes);
      const asked = requestIn(bytes);
      const token = newToken();
      const stored = { ...asked, hash: hashOfToken(token), createdAtMs: clock.nowMs() };
      const addition = await store.addToken(stored);
      if (addition !== "added") throw new AppError("token-refused", whyNotAdded(addition, asked.name));
      log.info("Created a token", { token: caller.name, created: asked.name });
      return json({ ...tokenView(stored), token }, headers, 201);
    },
    revoke: async (request, headers, _server, caller) => {
      const { name } = request.params;
      if (!(await store.removeToken(name))) {
        throw new AppError("token-not-found", "Cannot revoke the token: none has this name; GET the list of tokens");
      }
      log.info("Revoked a token", { token: caller.name, revoked: name });
      await tokens.look();
      return new Response(null, { status: 204, headers });
    },
    own: (_request, headers, _server, caller) => json(ownTokenView(caller), headers),
  };
}

/** @throws BodyError that names each member that is wrong */
function requestIn(bytes: Uint8Array): TokenRequest {
  const body = jsonIn(bytes);
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new BodyError([{ pointer: "", code: "type", message: "The body must be an object" }]);
  }
  // A null member counts as absent.
  const given = Object.entries(body).filter(([, value]) => value !== null);
  const wrong = given.flatMap(([member, value]) => problemsWith(member, value));
  if (wrong.length > 0) throw new BodyError(wrong);
  const asked: TokenRequest = { name: "", readOnly: false, ...Object.fromEntries(given) };
  const problems = tokenProblems(asked).map(([member, message]) => ({ pointer: `/${member}`, code: "value", message }));
  if (problems.length > 0) throw new BodyError(problems);
  return asked;
}

function problemsWith(member: string, value: unknown) {
  const pointer = `/${member.slice(0, 64)}`;
  if (!Object.hasOwn(MEMBERS, member)) {
    const known = Object.keys(MEMBERS);
    const hint = didYouMean(member, known) || `; known are ${known.join(", ")}`;
    return [{ pointer, code: "unknown", message: `is unknown${hint}` }];
  }
  const type = MEMBERS[member as keyof typeof MEMBERS];
  return typeof value === type ? [] : [{ pointer, code: "type", message: `must be a ${type}` }];
}
