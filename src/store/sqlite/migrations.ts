/** The migrations, embedded since a compiled binary has no folder to read. A test compares them with the folder. */

import init from "./migrations/0000_init.sql" with { type: "text" };
import sessionSize from "./migrations/0001_session-size.sql" with { type: "text" };
import foldFailure from "./migrations/0002_fold-failure.sql" with { type: "text" };
import keysAndTokens from "./migrations/0003_keys-and-tokens.sql" with { type: "text" };
import changes from "./migrations/0004_changes.sql" with { type: "text" };
import openings from "./migrations/0005_openings.sql" with { type: "text" };
import ledger from "./migrations/0006_ledger.sql" with { type: "text" };
import wire from "./migrations/0007_wire.sql" with { type: "text" };
import unmended from "./migrations/0008_unmended.sql" with { type: "text" };
import adErrors from "./migrations/0009_ad-errors.sql" with { type: "text" };
import form from "./migrations/0010_form.sql" with { type: "text" };

export interface Migration {
  readonly tag: string;
  readonly sql: string;
}

/** In order of application. */
export const MIGRATIONS: readonly Migration[] = [
  { tag: "0000_init", sql: init },
  { tag: "0001_session-size", sql: sessionSize },
  { tag: "0002_fold-failure", sql: foldFailure },
  { tag: "0003_keys-and-tokens", sql: keysAndTokens },
  { tag: "0004_changes", sql: changes },
  { tag: "0005_openings", sql: openings },
  { tag: "0006_ledger", sql: ledger },
  { tag: "0007_wire", sql: wire },
  { tag: "0008_unmended", sql: unmended },
  { tag: "0009_ad-errors", sql: adErrors },
  { tag: "0010_form", sql: form },
];
