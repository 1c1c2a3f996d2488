/** The compose file, as far as it can be held to without containers: settings, database and proxy agree. */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { environmentNameOf, loadConfig, SETTINGS } from "../../src/config.ts";
import { NODES, services } from "../support/compose.ts";
import { ask, findPostgres, hasPostgres, startOwnPostgres } from "../support/postgres.ts";

describe("compose.yaml", () => {
  test("gives its nodes settings that a server takes, and the database that it makes", () => {
    expect(NODES).toHaveLength(3);
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = services["postgres"]?.environment ?? {};
    for (const name of NODES) {
      const { environment = {}, volumes } = services[name] ?? {};
      const known = SETTINGS.map(({ key }) => environmentNameOf(key));
      expect(Object.keys(environment).filter((each) => !known.includes(each))).toEqual([]);
      expect(loadConfig(environment).storage).toMatchObject({
        store: `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`,
        dataDir: "/data",
      });
      expect(volumes).toContain(`${name}:/data`);
    }
  });

  test("has a proxy that knows all of its nodes, by a file that is there", () => {
    const [volume = ""] = services["proxy"]?.volumes ?? [];
    const path = join("deploy", volume.split(":")[0] ?? "");
    expect(existsSync(path)).toBe(true);
    const upstreams = [...readFileSync(path, "utf8").matchAll(/^\s*server ([\w-]+):8080;/gm)].map(([, name]) => name);
    expect(upstreams).toEqual(NODES);
  });

  test.if(hasPostgres())("has settings that PostgreSQL takes, and a health check that asks it", async () => {
    const [program, ...flags] = services["postgres"]?.command ?? [];
    expect(program).toBe("postgres");
    const settings = flags.filter((flag) => flag !== "-c");
    await using postgres = await startOwnPostgres({ settings });
    for (const setting of settings) {
      const [name = "", value = ""] = setting.split("=");
      const [row] = await ask<Record<string, string>>(postgres.url, `SHOW ${name}`);
      expect({ name, value: row?.[name] }).toEqual({ name, value });
    }
    const [, ...check] = services["postgres"]?.healthcheck?.test ?? [];
    const [command = "", ...rest] = check;
    const asked = [join(findPostgres() ?? "", command), ...rest, "-h", "127.0.0.1", "-p", String(postgres.port)];
    expect(Bun.spawnSync(asked).exitCode).toBe(0);
  });
});
