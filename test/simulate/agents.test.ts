/** Made-up viewers have the words that a server finds for their `User-Agent`. */

import { expect, test } from "bun:test";
import { agentOf, wordsOf } from "../../src/http/viewer/user-agent.ts";
import { AGENTS, derivedOf } from "../../src/simulate/agents.ts";
import { PLAYERS } from "../../src/simulate/players.ts";

test("each device of each player has an agent, with the words that a server has for it", () => {
  const keys = PLAYERS.flatMap(({ name, devices }) => devices.map((device) => `${name}, ${device}`));
  expect(Object.keys(AGENTS).toSorted()).toEqual([...new Set(keys)].toSorted());
  for (const [key, { text, words }] of Object.entries(AGENTS)) {
    const { device, browser, os, bot } = wordsOf(agentOf(new Headers({ "User-Agent": text })));
    expect([key, words as object]).toEqual([
      key,
      { "viewer.device": device, "viewer.browser": browser, "viewer.os": os, "viewer.bot": bot },
    ]);
  }
});

test("a start has its viewer's country too", () => {
  const start = {
    eventType: "sessionStart",
    playerTime: { playhead: 0, ts: 0 },
    params: { "media.playerName": "iOS app" },
    customMetadata: { device: "phone", country: "SE" },
  } as const;
  expect(derivedOf(start)).toMatchObject({ "viewer.os": "iOS", "viewer.country": "SE" });
});
