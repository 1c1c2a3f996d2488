/**
 * Containers without their program: each service has a network address, names of the others, and a file system of its
 * own, which begins as this machine's. Linux and root.
 */

import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../../support/compose.ts";
import { tempDir } from "../../support/temp-dir.ts";

export interface Container {
  readonly address: string;
  readonly pid: number;
  readonly exited: Promise<number>;
  readonly output: () => Promise<string>;
  /** Runs a command in it. @returns its exit code */
  run(command: readonly string[]): number;
}

export interface Containers extends AsyncDisposable {
  /** A directory for volumes. */
  readonly path: string;
  /**
   * Starts a service.
   *
   * @param volumes paths of this machine, by where they are mounted
   * @param prepare shell commands that the service's image would have run
   */
  start(name: string, service: Service, options: StartOptions): Container;
}

interface StartOptions {
  readonly volumes: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly prepare?: string;
}

/** Mounts a copy of the machine's files, where writing changes nothing outside; then runs the rest as the service. */
const ENTER = `
  set -e
  mount -t tmpfs tmpfs "$ROOM"
  mkdir "$ROOM/upper" "$ROOM/work" "$ROOM/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$ROOM/upper,workdir=$ROOM/work" "$ROOM/root"
  mount -t proc proc "$ROOM/root/proc"
  mount --rbind /dev "$ROOM/root/dev"
  eval "$MOUNTS"
  cp "$HOSTS" "$ROOM/root/etc/hosts"
  unset HOSTS MOUNTS
  exec chroot "$ROOM/root" sh -c "$PREPARE"'; unset ROOM PREPARE; exec "$@"' sh "$@"`;
/** A private network, as Docker's default ones are. */
const NETWORK = "172.29.211";

/** @param names of the services, in the order of their addresses */
export function openContainers(names: readonly string[]): Containers {
  const id = crypto.randomUUID().slice(0, 4);
  const directory = tempDir();
  const bridge = `ph-${id}`;
  const addressOf = (name: string) => `${NETWORK}.${names.indexOf(name) + 2}`;
  const spaceOf = (name: string) => `${bridge}-${name}`;
  const hosts = join(directory.path, "hosts");
  writeFileSync(hosts, ["127.0.0.1 localhost", ...names.map((name) => `${addressOf(name)} ${name}`)].join("\n"));
  const running: Bun.Subprocess[] = [];
  ip(`link add ${bridge} type bridge`, `addr add ${NETWORK}.1/24 dev ${bridge}`, `link set ${bridge} up`);
  for (const [at, name] of names.entries()) {
    const space = spaceOf(name);
    ip(`netns add ${space}`, `link add ${bridge}-${at} type veth peer name eth0 netns ${space}`);
    ip(`link set ${bridge}-${at} master ${bridge} up`, `-n ${space} addr add ${addressOf(name)}/24 dev eth0`);
    ip(`-n ${space} link set eth0 up`, `-n ${space} link set lo up`);
  }
  return {
    path: directory.path,
    start: (name, service, { volumes, command = service.command ?? [], prepare = "true" }) => {
      const room = join(directory.path, `${name}-${running.length}`);
      mkdirSync(room);
      const child = Bun.spawn(["ip", "netns", "exec", spaceOf(name), "sh", "-c", ENTER, "sh", ...command], {
        env: {
          PATH: process.env["PATH"],
          ...service.environment,
          ROOM: room,
          HOSTS: hosts,
          MOUNTS: Object.entries(volumes).map(mountOf).join("\n"),
          PREPARE: prepare,
        },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      running.push(child);
      const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
      return {
        address: addressOf(name),
        pid: child.pid,
        exited: child.exited,
        output: async () => (await output).join(""),
        run: (asked) => Bun.spawnSync(["nsenter", "-t", String(child.pid), "-m", "-n", "-r", ...asked]).exitCode,
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running.toReversed()) child.kill("SIGKILL");
      await Promise.all(running.map(({ exited }) => exited));
      for (const name of names) ip(`netns del ${spaceOf(name)}`);
      ip(`link del ${bridge}`);
      rmSync(directory.path, { recursive: true, force: true });
      directory[Symbol.dispose]();
    },
  };
}

function mountOf([to, from]: [to: string, from: string]): string {
  const make = statSync(from).isDirectory()
    ? `mkdir -p "$ROOM/root${to}"`
    : `mkdir -p "$(dirname "$ROOM/root${to}")"; touch "$ROOM/root${to}"`;
  return `${make}; mount --bind "${from}" "$ROOM/root${to}"`;
}

function ip(...commands: readonly string[]): void {
  for (const command of commands) {
    const { success, stderr } = Bun.spawnSync(["ip", ...command.split(" ")]);
    if (!success) throw new Error(`ip ${command}: ${stderr}`);
  }
}
