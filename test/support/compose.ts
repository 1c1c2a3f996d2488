/** deploy/compose.yaml, with what a person sets. */

import { readFileSync } from "node:fs";

export interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

export const GIVEN: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: "secret",
  PLAYHEAD_ADMIN_TOKEN: "a-token-of-32-characters-or-more-than-that",
};

const TEXT = readFileSync("deploy/compose.yaml", "utf8").replaceAll(
  /\$\{(\w+)(?::[?-]([^}]*))?\}/g,
  (_, name: string, otherwise = "") => GIVEN[name] ?? otherwise,
);

export const { services } = Bun.YAML.parse(TEXT) as { services: Readonly<Record<string, Service>> };

/** The services that are servers of Playhead. */
export const NODES = Object.keys(services).filter((name) => name.startsWith("node-"));
