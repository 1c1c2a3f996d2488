/** Asks the admin API. The browser adds the cookie, and errors carry the server's words. */

import { signal } from "@preact/signals";
import { SECOND_MS } from "../../base/units.ts";

/** Whether this browser is signed in: unknown until the server has said so. */
export const signedIn = signal<"unknown" | "yes" | "no">("unknown");

/** What the server refused, or why it could not be reached. */
export class AskError extends Error {
  /** 0 where there was no answer. */
  readonly status: number;
  /** Milliseconds after which it may be asked again, where the server says so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, retryAfterMs?: number) {
    super(message);
    this.name = "AskError";
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The address of a server path, whatever prefix a proxy put before the page. */
export function addressOnServer(path: string): string {
  return new URL(path.replace(/^\//, ""), location.href).href;
}

/** Sends a request, and notices whether the browser is signed in. @throws AskError unless the answer is 2xx */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  try {
    const response = await request(path, init);
    signedIn.value = "yes";
    return response;
  } catch (error) {
    if (error instanceof AskError && error.status === 401) signedIn.value = "no";
    throw error;
  }
}

/** Sends a request. @throws AskError unless the answer is 2xx */
export async function request(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(addressOnServer(path), { credentials: "same-origin", ...init }).catch((error) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new AskError(0, "The server cannot be reached");
  });
  if (response.ok) return response;
  const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
  throw new AskError(response.status, await messageOf(response), Number.isNaN(wait) ? undefined : wait * SECOND_MS);
}

/** Asks for JSON. @throws AskError */
export async function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  const response = await send(path, signal ? { signal } : {});
  return response.json() as Promise<Answer>;
}

async function messageOf(response: Response): Promise<string> {
  try {
    const { message } = (await response.json()) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Not ours: a proxy's page, perhaps.
  }
  return `The server answered ${response.status}`;
}
