/** The door of the dashboard, in a browser. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A proxy that names another host and says nothing of the browser's: the server can't tell that its own page asks. */
function startRewritingProxy(target: string): Disposable & { readonly url: string } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch({ method, url, headers: sent, body }) {
      const { pathname, search } = new URL(url);
      const headers = new Headers(sent);
      for (const name of ["host", "sec-fetch-site", "accept-encoding"]) headers.delete(name);
      return fetch(target + pathname + search, { method, headers, body, redirect: "manual", decompress: false });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

describe("the door", () => {
  test("opens with the token alone, stays open over a reload, and closes", async () => {
    const page = await stage.page("audience", { signedIn: false });
    const field = page.getByLabel("Token", { exact: true });
    await page.getByText("In a clone, put bun run before it.").waitFor();
    await field.fill("not-the-token-at-all-but-long-enough-for-one");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("That token is not right.").waitFor();
    await field.fill(ADMIN_TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();

    const [cookie, ...more] = await page.context().cookies(`${stage.url}/admin/api/sessions`);
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/admin/api", secure: false });
    expect(cookie?.value).not.toContain(ADMIN_TOKEN);
    expect(await page.context().cookies(`${stage.url}/api/v1/sessions`)).toEqual([]);
    const kept = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])");
    expect(String(kept) + page.url()).not.toContain(ADMIN_TOKEN);

    // A language that Intl refuses, as browsers name where the system has none.
    await page.addInitScript(
      `Object.defineProperty(navigator, "language", { value: "en-US@posix", configurable: true })`,
    );
    await page.reload();
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await field.waitFor();
    await page.reload();
    await field.waitFor();
    expect(stage.complaints).toEqual([]);
    await page.context().close();
  });

  test("stays open, and says why, when the server refuses to sign out", async () => {
    const page = await stage.page("audience");
    using proxy = startRewritingProxy(stage.url);
    await page.goto(`${proxy.url}/admin#/audience`);
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("alert").getByText("You are still signed in").waitFor();
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();
    await page.context().close();
  });

  test("closes by itself when the server takes the cookie no more", async () => {
    const page = await stage.page("audience");
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();
    await page.context().clearCookies();
    // A stream that is refused tells no status: the page must find out.
    await page.evaluate('location.hash = "#/tail"');
    await page.getByLabel("Token", { exact: true }).waitFor();
    await page.context().close();
  });

  test("takes its parts from where it is, with a slash behind it too", async () => {
    const page = await stage.page("", { signedIn: false });
    await page.goto(`${stage.url}/admin/`);
    await page.getByLabel("Token", { exact: true }).waitFor();
    expect(page.url()).toBe(`${stage.url}/admin`);
    await page.context().close();
  });
});
