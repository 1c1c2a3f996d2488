/** Named tokens in the dashboard: made, used to sign in, and revoked. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

async function signInWith(token: string, place: string) {
  const page = await stage.page(place, { signedIn: false });
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  return page;
}

test("a token is made, shown once, good for what it may, and revoked", async () => {
  const sid = await stage.start({ "media.channel": "Sports", "analytics.visitorId": "visitor-42" });
  await stage.start({ "media.channel": "News", "media.name": "Another film" });
  const admin = await stage.page("tokens");
  await admin.getByText("There is only the admin token.").waitFor();
  await admin.getByLabel("Name", { exact: true }).fill("sports desk");
  await admin.getByRole("button", { name: "Create" }).click();
  await admin.getByRole("alert").getByText("/name must be").waitFor();
  await admin.getByLabel("Name", { exact: true }).fill("sports-desk");
  await admin.getByLabel("Only this channel").fill("Sports");
  await admin.getByLabel("Read-only").check();
  await admin.getByRole("button", { name: "Create" }).click();
  const shown = await admin.getByRole("region", { name: "The token sports-desk" }).textContent();
  const token = shown?.trim() ?? "";
  expect(token).toMatch(/^playhead_[\w-]{43}$/);
  await admin.getByRole("row", { name: /sports-desk.*read-only, channel Sports.*never/ }).waitFor();

  const reader = await signInWith(token, "sessions");
  await reader.getByText("sports-desk: read-only, channel Sports").waitFor();
  await reader.getByRole("link", { name: "A film" }).first().waitFor();
  expect(await reader.getByText("Another film").count()).toBe(0);
  expect(await reader.getByRole("link", { name: "Tokens" }).count()).toBe(0);
  await reader.getByPlaceholder("Title or session id").waitFor();
  await reader.goto(`${stage.url}/admin#/tokens`);
  await reader.getByText("signed in with a token that may not do this").waitFor();
  await reader.goto(`${stage.url}/admin#/sessions/${sid}`);
  await reader.getByRole("heading", { name: "A film", level: 1 }).waitFor();
  expect(await reader.getByText("visitor", { exact: true }).count()).toBe(0);
  expect(await reader.content()).not.toContain("visitor-42");
  await reader.goto(`${stage.url}/admin#/`);
  await reader.getByText("Most played now").waitFor();
  expect(await reader.getByText(/^Refused/).count()).toBe(0);

  await admin.reload();
  await admin.getByRole("row", { name: /sports-desk.*never/ }).waitFor({ state: "detached" });
  await admin.getByRole("button", { name: "Revoke sports-desk" }).click();
  await admin.getByRole("button", { name: "Revoke sports-desk for good" }).click();
  await admin.getByText("There is only the admin token.").waitFor();
  // Its stream ends, which lets the page find out.
  await reader.getByLabel("Token", { exact: true }).waitFor();
  expect(stage.complaints).toEqual([]);
}, 60_000);
