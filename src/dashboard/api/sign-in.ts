/** Signing in and out. */

import { ask, send, signedIn } from "./ask.ts";

/** Gives the token for a cookie, which no script can read. @throws AskError when it is wrong */
export async function signIn(token: string): Promise<void> {
  await send("/admin/api/sign-in", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
}

export async function signOut(): Promise<void> {
  await send("/admin/api/sign-out", { method: "POST" });
  signedIn.value = "no";
}

/** Finds out whether the cookie of an earlier visit is still good. */
export async function recallSignIn(): Promise<void> {
  await ask("/admin/api/live/snapshot").catch(() => {
    // Without an answer there is nothing to show either: the sign-in tells why.
    if (signedIn.value === "unknown") signedIn.value = "no";
  });
}
