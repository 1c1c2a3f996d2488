/** Debian's nginx with an example of deploy/, on its own port and with a certificate made for the test. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate } from "./certificate.ts";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

export interface Nginx extends AsyncDisposable {
  /** `https://127.0.0.1:PORT/playhead`, or as the example has it. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
}

const PATHS = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"];
const EXAMPLES = join(import.meta.dir, "../../deploy");

/** The examples: where each puts the server, and what a test replaces in it. */
const SITES = {
  "nginx.conf": { isSecure: true, host: "media.example.com", prefix: "/playhead" },
  "nginx-basic-auth.conf": { isSecure: true, host: "media.example.com", prefix: "/playhead" },
  "nginx-rewritten-host.conf": { isSecure: false, host: "media.example.com", prefix: "" },
  "nginx-nodes.conf": { isSecure: false, host: "", prefix: "" },
  "nginx-edge.conf": { isSecure: true, host: "edge.example.com", prefix: "" },
};
/** The name and password of the example with Basic authentication. */
export const BASIC = { username: "ann", password: "a-password" };

/** The path of nginx, if there is an openssl too to make it a certificate. */
export function findNginx(): string | undefined {
  return Bun.which("openssl") === null ? undefined : PATHS.find((path) => existsSync(path));
}

/**
 * Starts it in front of a server, or of three; disposing of it ends it.
 *
 * @throws Error with its output when it doesn't start
 */
export async function startNginx(
  directory: string,
  upstreamPort: number | readonly [number, number, number],
  example: keyof typeof SITES = "nginx.conf",
): Promise<Nginx> {
  const { isSecure, host, prefix } = SITES[example];
  const { cert, key } = makeCertificate(directory, host);
  const passwords = join(directory, "htpasswd");
  writeFileSync(passwords, `${BASIC.username}:${hashOf(BASIC.password)}\n`);
  const port = freePort();
  const secure = [
    ["listen 443 ssl http2;", `listen 127.0.0.1:${port} ssl http2;`],
    ["listen [::]:443 ssl http2;", ""],
    [`/etc/ssl/certs/${host}.pem`, cert],
    [`/etc/ssl/private/${host}.key`, key],
  ] as const;
  const plain = [
    ["listen 80;", `listen 127.0.0.1:${port};`],
    ...(example === "nginx-nodes.conf" ? [] : [["listen [::]:80;", ""] as const]),
  ] as const;
  const site = replaced(readFileSync(join(EXAMPLES, example), "utf8"), example, [
    ...upstreamsOf(upstreamPort),
    ...(isSecure ? secure : plain),
    ...(example === "nginx-basic-auth.conf" ? [["/etc/nginx/playhead.htpasswd", passwords] as const] : []),
  ]);
  const path = join(directory, "nginx.conf");
  writeFileSync(path, mainOf(directory, site));
  const child = Bun.spawn([findNginx() ?? "nginx", "-p", directory, "-c", path], { stdout: "ignore", stderr: "pipe" });
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
  };
  const origin = `${isSecure ? "https" : "http"}://127.0.0.1:${port}`;
  const isThere = () =>
    fetch(origin, { tls: { rejectUnauthorized: false } }).then(
      () => true,
      () => child.exitCode !== null,
    );
  await waitFor(isThere);
  if (child.exitCode !== null) throw new Error(`nginx ended: ${await new Response(child.stderr).text()}`);
  return { url: origin + prefix, origin, port, [Symbol.asyncDispose]: stop };
}

function upstreamsOf(ports: number | readonly number[]): (readonly [string, string])[] {
  if (typeof ports === "number") return [["server 127.0.0.1:8080;", `server 127.0.0.1:${ports};`]];
  return ports.map((port, at) => [`server node-${at + 1}:8080;`, `server 127.0.0.1:${port};`]);
}

function hashOf(password: string): string {
  return Bun.spawnSync(["openssl", "passwd", "-apr1", password]).stdout.toString().trim();
}

/** The parts of Debian's own nginx.conf, with every file in the test's directory. */
function mainOf(directory: string, site: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => {
    mkdirSync(join(directory, name));
    return `${name}_temp_path ${join(directory, name)};`;
  });
  return [
    "daemon off;",
    process.getuid?.() === 0 ? "user root;" : "",
    `pid ${join(directory, "nginx.pid")};`,
    "error_log stderr;",
    "worker_processes 1;",
    "events {}",
    `http {\n access_log off;\n ${temporary.join("\n ")}\n${site}\n}`,
  ].join("\n");
}

/** @throws Error unless the example has each of the texts once */
function replaced(text: string, example: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((changed, [from, to]) => {
    if (changed.split(from).length !== 2) throw new Error(`deploy/${example} has not once: ${from}`);
    return changed.replace(from, to);
  }, text);
}
