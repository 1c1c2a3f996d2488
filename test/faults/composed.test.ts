/**
 * deploy/compose.yaml as it stands, with the programs of this machine in the place of images: each service by its own
 * command, environment, volumes and name. A node dies and comes back, and players notice nothing that counts.
 */

import { describe, expect, test } from "bun:test";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildBinary } from "../../scripts/build/binary.ts";
import { GIVEN, NODES, services } from "../support/compose.ts";
import { IS_FULL } from "../support/effort.ts";
import { findNginx } from "../support/nginx.ts";
import { findPostgres, hasPostgres } from "../support/postgres.ts";
import { eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Containers, openContainers } from "./support/containers.ts";
import { canMake } from "./support/tools.ts";

const NOBODY = 65_534;
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
const SERVICES = ["postgres", ...NODES, "proxy"];
const TEST_MS_MAX = 180_000;
const CAN_MAKE = canMake("the services of compose.yaml", { tools: ["mount"], root: true }) && hasNetworks();

function hasNetworks(): boolean {
  if (Bun.which("ip") !== null) return true;
  process.stderr.write("SKIPPED: the services of compose.yaml need iproute2\n");
  return false;
}

/** What the image of PostgreSQL does at its first start. */
function initDatabase(containers: Containers): string {
  const data = join(containers.path, "data");
  const programs = findPostgres() ?? "";
  const { POSTGRES_USER = "", POSTGRES_PASSWORD = "", POSTGRES_DB = "" } = services["postgres"]?.environment ?? {};
  const password = join(containers.path, "password");
  writeFileSync(password, POSTGRES_PASSWORD, { mode: 0o644 });
  mkdirSync(data);
  for (const path of [containers.path, data]) chownSync(path, NOBODY, NOBODY);
  const run = (command: string) => {
    const { success, stderr } = Bun.spawnSync([...AS_NOBODY, "sh", "-c", command]);
    if (!success) throw new Error(`${command}: ${stderr}`);
  };
  run(`${programs}/initdb -D ${data} -U ${POSTGRES_USER} --pwfile=${password} -A scram-sha-256 --auth-local=trust`);
  run(`echo "CREATE DATABASE ${POSTGRES_DB}" | ${programs}/postgres --single -D ${data} postgres`);
  run(`echo "host all all all scram-sha-256" >> ${data}/pg_hba.conf`);
  run(`echo "listen_addresses = '*'" >> ${data}/postgresql.conf`);
  return data;
}

function startDatabase(containers: Containers) {
  const service = services["postgres"] ?? {};
  const [program = "", ...flags] = service.command ?? [];
  const [volume = ""] = service.volumes ?? [];
  const target = volume.split(":")[1] ?? "";
  return containers.start("postgres", service, {
    volumes: { [target]: initDatabase(containers) },
    command: [...AS_NOBODY, join(findPostgres() ?? "", program), ...flags, "-D", target],
    prepare: "mkdir -p /var/run/postgresql; chmod 777 /var/run/postgresql",
  });
}

function startNode(containers: Containers, name: string, binary: string) {
  const data = join(containers.path, name);
  mkdirSync(data, { recursive: true });
  return containers.start(name, services[name] ?? {}, { volumes: { "/playhead": binary, "/data": data } });
}

function startProxy(containers: Containers) {
  const [volume = ""] = services["proxy"]?.volumes ?? [];
  const [from = "", to = ""] = volume.split(":");
  return containers.start("proxy", services["proxy"] ?? {}, {
    volumes: { [to]: resolve("deploy", from) },
    // As the image runs it, whose own configuration has no other site.
    command: [findNginx() ?? "nginx", "-g", "daemon off;"],
    prepare: "rm -f /etc/nginx/sites-enabled/*",
  });
}

describe.if(IS_FULL && hasPostgres() && findNginx() !== undefined && CAN_MAKE)("the services of compose.yaml", () => {
  test(
    "find each other, and go on while one of them is away",
    async () => {
      await using containers = openContainers(SERVICES);
      const binary = join(containers.path, "playhead");
      await buildBinary(binary);
      const postgres = startDatabase(containers);
      const [, ...check] = services["postgres"]?.healthcheck?.test ?? [];
      const [program = "", ...flags] = check;
      await waitFor(() => postgres.run([join(findPostgres() ?? "", program), ...flags]) === 0, 30_000);
      const nodes = new Map(NODES.map((name) => [name, startNode(containers, name, binary)]));
      const proxy = startProxy(containers);
      const url = `http://${proxy.address}`;
      const statusOf = (path: string) =>
        fetch(url + path).then(
          ({ status }) => status,
          () => 0,
        );
      await waitFor(async () => (await statusOf("/readyz")) === 200, 60_000);
      const headers = { Authorization: `Bearer ${GIVEN["PLAYHEAD_ADMIN_TOKEN"]}` };
      // biome-ignore lint/suspicious/noExplicitAny: the test names the members that it looks at
      const ask = async (path: string): Promise<any> => (await fetch(url + path, { headers })).json();
      await waitFor(async () => (await ask("/admin/api/nodes")).nodes.length === NODES.length, 30_000);
      const post = (path: string, body: object) => fetch(url + path, { method: "POST", body: JSON.stringify(body) });
      const sid = sidOf(await post("/api/v1/sessions", sessionStart()));
      const add = async (second: number, type: "ping" | "sessionEnd") =>
        (await post(`/api/v1/sessions/${sid}/events`, eventAt(second, type))).status;
      for (let second = 1; second <= 9; second += 1) expect(await add(second, "ping")).toBe(204);
      const [first = ""] = NODES;
      process.kill(nodes.get(first)?.pid ?? 0, "SIGKILL");
      await nodes.get(first)?.exited;
      for (let second = 10; second <= 19; second += 1) expect(await add(second, "ping")).toBe(204);
      nodes.set(first, startNode(containers, first, binary));
      await waitFor(
        async () =>
          (await fetch(`http://${nodes.get(first)?.address}:8080/readyz`).catch(() => undefined))?.status === 200,
        60_000,
      );
      expect(await add(20, "sessionEnd")).toBe(204);
      for (let tries = 0; tries < NODES.length; tries += 1) expect(await add(21, "ping")).toBe(410);
      await waitFor(async () => (await ask(`/admin/api/sessions/${sid}`)).session.status === "closed");
      expect(await ask(`/admin/api/sessions/${sid}`)).toMatchObject({
        session: { closeReason: "session-end" },
        eventsTotal: 21,
      });
      for (const node of nodes.values()) process.kill(node.pid, "SIGTERM");
      for (const node of nodes.values()) {
        expect(await node.exited).toBe(0);
        expect(await node.output()).not.toContain(GIVEN["POSTGRES_PASSWORD"]);
      }
    },
    TEST_MS_MAX,
  );
});
