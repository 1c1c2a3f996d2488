/** `playhead token`: shows or renews the admin token; creates, lists and revokes named ones. */

import {
  createToken,
  listTokens,
  type NamedToken,
  replaceAdminToken,
  revokeToken,
  showAdminToken,
  type TokenRequest,
} from "../app/tokens.ts";
import { didYouMean } from "../base/did-you-mean.ts";
import { AppError } from "../base/errors.ts";
import { type Config, loadConfig } from "../config.ts";
import type { Arguments, Command, Terminal } from "./command.ts";

const ACTIONS = ["create", "list", "revoke"] as const;
const OWN_FLAGS = ["new", "read-only", "report-suite", "channel"];
const SHOWN_CHARS_MAX = 40;
/** As wide as `used` with an hour. */
const USED_COLUMN = 19;

export const token: Command = {
  name: "token",
  operands: "[create|list|revoke] [NAME]",
  operandsMax: 2,
  terms: [
    { name: "create NAME", summary: "Makes a token of this name, and prints it once." },
    { name: "list", summary: "Lists named tokens, with what they may do and when they were used." },
    { name: "revoke NAME", summary: "Ends a token at once." },
    { name: "(none)", summary: "Prints the admin token." },
  ],
  summary: "Shows the admin token, or creates, lists and revokes named ones; safe beside a running server.",
  settings: ["store", "dataDir", "adminToken"],
  options: [
    { name: "new", summary: "Replaces the admin token; a running server takes the new one from its next start." },
    {
      name: "read-only",
      summary: "With create. It sees reports, live numbers and sessions alone, with personal data hashed.",
    },
    { name: "report-suite", value: "X", summary: "With create. It sees the sessions of this report suite alone." },
    { name: "channel", value: "Y", summary: "With create. It sees the sessions of this media.channel alone." },
  ],
  example: "playhead token create prometheus --read-only",
  async run(args, terminal) {
    const config = loadConfig(terminal.environment, args.flags);
    const [action, name] = args.operands;
    switch (action) {
      case undefined:
        refuseFlags(args, ["new"]);
        return showAdmin(config, args, terminal);
      case "create":
        refuseFlags(args, ["read-only", "report-suite", "channel"]);
        return create(config, requestOf(named(action, name), args), terminal);
      case "list":
        refuseFlags(args, []);
        if (name !== undefined) throw invalid("list takes no name");
        return list(config, terminal);
      case "revoke":
        refuseFlags(args, []);
        await revokeToken(config, named(action, name));
        terminal.err("Revoked. Requests with it get 401 from now on.\n");
        return 0;
      default: {
        const hint = didYouMean(action, ACTIONS) || ";";
        throw invalid(`there is no "${action.slice(0, SHOWN_CHARS_MAX)}"${hint} Actions: ${ACTIONS.join(", ")}`);
      }
    }
  },
};

/** Writes a token alone to the output, so that a script can take it. */
function showAdmin(config: Config, { switches }: Arguments, terminal: Terminal): number {
  const isNew = switches.has("new");
  terminal.out(`${isNew ? replaceAdminToken(config) : showAdminToken(config)}\n`);
  if (isNew) terminal.err("A running server takes it from its next start; that also signs every browser out.\n");
  return 0;
}

async function create(config: Config, asked: TokenRequest, terminal: Terminal): Promise<number> {
  terminal.out(`${await createToken(config, asked)}\n`);
  terminal.err(`This is "${asked.name}": ${rightsOf(asked)}. It is never shown again.\n`);
  return 0;
}

async function list(config: Config, terminal: Terminal): Promise<number> {
  const tokens = await listTokens(config);
  if (tokens.length === 0) terminal.err("There are no named tokens.\n");
  const width = Math.max(...tokens.map(({ name }) => name.length));
  for (const each of tokens) terminal.out(`${each.name.padEnd(width)}  ${timesOf(each)}  ${rightsOf(each)}\n`);
  return 0;
}

function timesOf({ createdAtMs, usedAtMs }: NamedToken): string {
  const hourOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 13)}h`;
  const used = usedAtMs === undefined ? "never used" : `used ${hourOf(usedAtMs)}`;
  return `created ${hourOf(createdAtMs)}, ${used.padEnd(USED_COLUMN)}`;
}

function rightsOf({ readOnly, reportSuite, channel }: TokenRequest): string {
  return [
    readOnly ? "read-only" : "reads and writes",
    ...(reportSuite === undefined ? [] : [`report suite ${JSON.stringify(reportSuite)}`]),
    ...(channel === undefined ? [] : [`channel ${JSON.stringify(channel)}`]),
  ].join(", ");
}

function requestOf(name: string, { flags, switches }: Arguments): TokenRequest {
  const { "report-suite": reportSuite, channel } = flags;
  return {
    name,
    readOnly: switches.has("read-only"),
    ...(reportSuite !== undefined && { reportSuite }),
    ...(channel !== undefined && { channel }),
  };
}

function named(action: string, name: string | undefined): string {
  if (name === undefined) throw invalid(`${action} needs a name: playhead token ${action} NAME`);
  return name;
}

function refuseFlags({ flags, switches }: Arguments, taken: readonly string[]): void {
  const other = OWN_FLAGS.find((each) => !taken.includes(each) && (flags[each] !== undefined || switches.has(each)));
  if (other !== undefined) throw invalid(`--${other} does nothing here; playhead token --help says where it does`);
}

function invalid(why: string): AppError {
  return new AppError("invalid-config", `Cannot do this with tokens: ${why}`);
}
