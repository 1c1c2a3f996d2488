/** Signing in and out. */

import { ask, request, send, signedIn } from "../api/ask.ts";
import { loadAccess } from "./access.ts";
import { isOwnMachine } from "./own-machine.ts";
import { change, place } from "./place.ts";

/** Exchanges the token for a cookie, which no script can read. @throws AskError when it is wrong */
export async function signIn(token: string): Promise<void> {
  // Not in Authorization: a proxy with Basic authentication needs that itself.
  await send("/admin/api/sign-in", { method: "POST", headers: { "Playhead-Token": token } });
  await loadAccess();
}

/** Gives the cookie back. @throws AskError when the server refuses, and the browser may still be signed in */
export async function signOut(): Promise<void> {
  try {
    await request("/admin/api/sign-out", { method: "POST" });
    signedIn.value = "no";
  } catch (error) {
    // An expired cookie is refused too: only a read tells whether the browser is signed in.
    await ask("/admin/api/token").catch(() => {});
    if (signedIn.value === "yes") throw error;
  }
}

/** Finds out whether the cookie of an earlier visit is still good, or takes the token that `playhead demo` links to. */
export async function recallSignIn(): Promise<void> {
  const token = place.value.params.get("token");
  if (token !== null) {
    // The browser's history keeps no token.
    change({ token: undefined }, { replace: true });
    // Elsewhere a link could sign people in with a stranger's token.
    if (isOwnMachine()) await signIn(token).catch(() => {});
  }
  await loadAccess();
  // Without an answer there is nothing to show either: the sign-in tells why.
  if (signedIn.value === "unknown") signedIn.value = "no";
}
