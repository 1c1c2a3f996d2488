/** Whether this browser is signed in: unknown until the server has said so. */

import { signal } from "@preact/signals";

export type SignedIn = "unknown" | "yes" | "no";

export const signedIn = signal<SignedIn>("unknown");
