/** The people: each has a number, a player, a connection and habits, and keeps them from visit to visit. */

import type { Parameters } from "../protocol/event.ts";
import { type Network, PLAYERS, type Player, type Release } from "./players.ts";
import { Random } from "./random.ts";

export interface Viewer {
  readonly player: Player;
  readonly release: Release;
  readonly connection: Network;
  /** Pays, and so sees no ads. */
  readonly subscribed: boolean;
  /** In the variant of an experiment whose viewers stay a little longer. */
  readonly stays: boolean;
  readonly captions: boolean;
  /** How long they wait for the first frame. */
  readonly patienceMs: number;
  /** What the session's start says of viewer, player and device. */
  readonly params: Parameters;
  readonly customMetadata: Readonly<Record<string, string>>;
}

const STREAM = 2;
/** Squares an even chance, which crowds towards the first numbers: some people come daily, most seldom. */
const REGULARS_EXPONENT = 2;

const COUNTRIES = [
  { name: "GB", weight: 28 },
  { name: "DE", weight: 20 },
  { name: "FR", weight: 14 },
  { name: "ES", weight: 10 },
  { name: "PL", weight: 8 },
  { name: "NL", weight: 7 },
  { name: "SE", weight: 6 },
  { name: "PT", weight: 4 },
  { name: "IE", weight: 3 },
];
const PROVIDERS = ["Skyline", "Citynet", "Oakdale"];
const TENANT: Parameters = {
  "analytics.trackingServer": "metrics.example.com",
  "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
};

/** Draws the next viewer. @param visitors how many people there are */
export function drawVisitor(random: Random, visitors: number): number {
  return Math.floor(visitors * random.ratio() ** REGULARS_EXPONENT);
}

/** The viewer of a number: always the same one for the same seed. */
export function viewerOf(seed: number, visitor: number): Viewer {
  const random = new Random(seed, STREAM, visitor);
  const player = random.weighted(PLAYERS);
  const release = random.weighted(player.releases);
  const connection = random.weighted(player.connections);
  const stays = random.chance(0.5);
  const subscribed = random.chance(0.4);
  return {
    player,
    release,
    connection,
    stays,
    subscribed,
    captions: random.chance(0.08),
    patienceMs: random.logNormal(9000, 0.5),
    params: paramsOf({ player, release, visitor, subscribed, random }),
    customMetadata: {
      appVersion: release.version.slice(release.version.indexOf("-") + 1),
      country: random.weighted(COUNTRIES).name,
      device: random.pick(player.devices),
      connection: connection.name,
      experiment: stays ? "next-b" : "next-a",
    },
  };
}

interface Identity {
  readonly player: Player;
  readonly release: Release;
  readonly visitor: number;
  readonly subscribed: boolean;
  readonly random: Random;
}

function paramsOf({ player, release, visitor, subscribed, random }: Identity): Parameters {
  const signedIn = random.chance(0.3);
  return {
    ...TENANT,
    "analytics.reportSuite": player.reportSuite,
    "visitor.marketingCloudUserId": random.digits(38),
    ...(signedIn && ({ "analytics.visitorId": `member-${visitor + 1}` } satisfies Parameters)),
    ...(subscribed && ({ "media.pass.mvpd": random.pick(PROVIDERS), "media.pass.auth": "true" } satisfies Parameters)),
    ...(player.installed && ({ appInstallationId: random.hex(16) } satisfies Parameters)),
    "media.playerName": player.name,
    "media.sdkVersion": release.version,
    "media.libraryVersion": player.library,
  };
}
