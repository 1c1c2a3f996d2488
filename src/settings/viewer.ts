/** The settings of what is kept of a viewer's device and country. */

import type { Setting } from "../base/setting.ts";

const HEADER = /^[A-Za-z0-9-]{1,100}$/;

export const VIEWER_SETTINGS = [
  {
    key: "device",
    group: "viewer",
    kind: "choice",
    choices: ["on", "off"],
    fallback: "on",
    summary: "`on` keeps a session's device, browser, system and country as words; `off` keeps none.",
  },
  {
    key: "geoDatabase",
    group: "viewer",
    kind: "text",
    charsMin: 1,
    summary: "MMDB file to look up the country of client addresses, which are not stored; read again when it changes.",
  },
  {
    key: "countryHeader",
    group: "viewer",
    kind: "text",
    charsMin: 1,
    form: { wants: "the name of a header", accepts: (text: string) => HEADER.test(text) },
    summary: "Header in which a trusted proxy names the client's country, such as `CF-IPCountry`.",
  },
] as const satisfies readonly Setting[];
