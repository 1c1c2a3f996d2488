/** Runs tests of servers a second time, with their stores in a PostgreSQL: `bun scripts/test/on-postgres.ts PATHS`. */

import { startPostgres } from "../../test/support/postgres.ts";

await using postgres = await startPostgres();
const env = { ...process.env, STORE: "postgres", PLAYHEAD_TEST_PG: postgres.url };
const command = [process.execPath, "scripts/test.ts", "--serial", ...process.argv.slice(2)];
process.exitCode = await Bun.spawn(command, { env, stdio: ["ignore", "inherit", "inherit"] }).exited;
