/** What `standard` refuses of the lists in a `statesUpdate`, and of such lists elsewhere. */

import { eventAt } from "../../support/requests.ts";
import { EVENTS, ping, type Scenario } from "./scenario.ts";

export const PLAYER_STATES: readonly Scenario[] = [
  ...(
    [
      ["more than 64 player states", Array(65).fill({ "media.state.name": "mute" }), "/params/statesStart"],
      ["a text for player states", "mute", "/params/statesStart"],
      ["an object for player states", { "media.state.name": "mute" }, "/params/statesStart"],
      ["a text for a player state", ["mute"], "/params/statesStart/0"],
      ["null for a player state", [null], "/params/statesStart/0"],
      ["an object in a player state", [{ "media.state.name": {} }], "/params/statesStart/0/media.state.name"],
      ["another list in a player state", [{ own: [] }], "/params/statesStart/0/own"],
      ["a text with NUL as a state's name", [{ "media.state.name": "a\0" }], "/params/statesStart/0/media.state.name"],
    ] as const
  ).map(([what, statesStart, pointer]) => ({
    name: `${what} is refused`,
    path: EVENTS,
    body: eventAt(1, "statesUpdate", { params: { statesStart } }),
    status: 400,
    contains: [`"pointer":"${pointer}"`],
  })),
  {
    name: "player states on another event are refused",
    path: EVENTS,
    body: { ...ping, params: { statesStart: [{ "media.state.name": "mute" }] } },
    status: 400,
    contains: ["/params/statesStart"],
  },
];
