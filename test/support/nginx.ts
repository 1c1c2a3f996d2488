/** Debian's nginx with the example of deploy/nginx.conf, on its own ports and with a certificate made for the test. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

export interface Nginx extends AsyncDisposable {
  /** `https://127.0.0.1:PORT/playhead` */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
}

const PATHS = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"];
const EXAMPLE = join(import.meta.dir, "../../deploy/nginx.conf");

/** The path of nginx, if there is an openssl too to make it a certificate. */
export function findNginx(): string | undefined {
  return Bun.which("openssl") === null ? undefined : PATHS.find((path) => existsSync(path));
}

/** Starts it in front of a server; disposing of it ends it. @throws Error with its output when it doesn't start */
export async function startNginx(directory: string, upstreamPort: number): Promise<Nginx> {
  const [certificate, key] = makeCertificate(directory);
  const port = freePort();
  const site = replaced(readFileSync(EXAMPLE, "utf8"), [
    ["listen 443 ssl http2;", `listen 127.0.0.1:${port} ssl http2;`],
    ["listen [::]:443 ssl http2;", ""],
    ["server 127.0.0.1:8080;", `server 127.0.0.1:${upstreamPort};`],
    ["/etc/ssl/certs/media.example.com.pem", certificate],
    ["/etc/ssl/private/media.example.com.key", key],
  ]);
  const path = join(directory, "nginx.conf");
  writeFileSync(path, mainOf(directory, site));
  const child = Bun.spawn([findNginx() ?? "nginx", "-p", directory, "-c", path], { stdout: "ignore", stderr: "pipe" });
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
  };
  const origin = `https://127.0.0.1:${port}`;
  const isThere = () =>
    fetch(origin, { tls: { rejectUnauthorized: false } }).then(
      () => true,
      () => child.exitCode !== null,
    );
  await waitFor(isThere);
  if (child.exitCode !== null) throw new Error(`nginx ended: ${await new Response(child.stderr).text()}`);
  return { url: `${origin}/playhead`, origin, port, [Symbol.asyncDispose]: stop };
}

function makeCertificate(directory: string): [certificate: string, key: string] {
  const [certificate, key] = [join(directory, "certificate.pem"), join(directory, "key.pem")];
  const made = Bun.spawnSync([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "1",
    "-subj",
    "/CN=media.example.com",
    "-out",
    certificate,
    "-keyout",
    key,
  ]);
  if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  return [certificate, key];
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
function replaced(text: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((changed, [from, to]) => {
    if (changed.split(from).length !== 2) throw new Error(`deploy/nginx.conf has not once: ${from}`);
    return changed.replace(from, to);
  }, text);
}
