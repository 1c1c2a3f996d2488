/** The settings of Media Edge, the second dialect. */

import type { Setting } from "../base/setting.ts";
import { isDatastream, isOrg } from "../protocol/edge/datastreams.ts";

/** A segment of a path, beside those that the server has itself. */
const BASE = /^(?!(?:api|admin|docs|demo|metrics|tracker|healthz|readyz)$)[a-z0-9][a-z0-9-]{0,31}$/;

export const EDGE_SETTINGS = [
  {
    key: "edgeDatastreams",
    group: "edge",
    kind: "list",
    fallback: [],
    wants: "configId, configId:reportSuite or configId:reportSuite:ORG@AdobeOrg",
    accepts: isDatastream,
    summary: "Datastreams that Media Edge accepts, with report suite and organisation. If unset, any is accepted.",
  },
  {
    key: "edgeOrg",
    group: "edge",
    kind: "text",
    charsMin: 1,
    form: { wants: "an organisation as ABC@AdobeOrg", accepts: isOrg },
    summary: "Organisation of the datastreams that name none. If unset, their clients get no identity to keep.",
  },
  {
    key: "edgeBases",
    group: "edge",
    kind: "list",
    fallback: ["ee", "ee-pre-prd"],
    wants: "path segments of small letters, digits and hyphens that no other path begins with",
    accepts: (text: string) => BASE.test(text),
    summary: "First segments of Media Edge's paths, as in a client's `edgeBasePath`.",
  },
  {
    key: "edgeStartErrors",
    group: "edge",
    kind: "choice",
    choices: ["207", "400"],
    fallback: "207",
    summary: "Status for a refused start: the reference's 207, or a 400 that rejects the client's promise.",
  },
] as const satisfies readonly Setting[];
