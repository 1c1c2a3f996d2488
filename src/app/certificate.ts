/** The certificate for HTTPS: read from the operator's files, checked, and reread when they change. */

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import { whyUnreadable } from "../data-dir/unusable.ts";
import type { Tls } from "../http/listener.ts";
import { watchFile } from "./watched-file.ts";

interface Certificate extends Disposable {
  /** Undefined for plain HTTP. */
  readonly tls: Tls | undefined;
  /** Watches the files from now on, and hands over each replacement. */
  follow(use: (tls: Tls) => void): void;
  /** Checks the files now. */
  look(): void;
}

interface Files {
  readonly cert: string;
  readonly key: string;
}

const NONE: Certificate = { tls: undefined, follow() {}, look() {}, [Symbol.dispose]() {} };

/** Reads the certificate that the settings name. @throws AppError `file-unusable` naming the file */
export function openCertificate({ tlsCert: cert, tlsKey: key }: Config["server"], log: Log): Certificate {
  if (cert === undefined || key === undefined) return NONE;
  const files = { cert, key };
  let tls = readTls(files);
  let replace = (_: Tls) => {};
  const watched = watchFile({
    what: "certificate",
    file: files.cert,
    log,
    reread() {
      const next = readTls(files);
      if (next.cert === tls.cert && next.key === tls.key) return false;
      replace(next);
      tls = next;
      return true;
    },
  });
  return {
    tls,
    look: watched.look,
    follow(use) {
      replace = use;
      watched.start();
    },
    [Symbol.dispose]: () => watched[Symbol.dispose](),
  };
}

function readTls(files: Files): Tls {
  const tls = { cert: readPem(files.cert, "TLS_CERT"), key: readPem(files.key, "TLS_KEY") };
  check(files.cert, "TLS_CERT", "it holds no certificate in PEM form", { cert: tls.cert });
  check(files.key, "TLS_KEY", "it holds no private key in PEM form, or one with a passphrase", { key: tls.key });
  check(files.key, "TLS_KEY", `it is not the key of the certificate in "${files.cert}"`, tls);
  return tls;
}

function readPem(path: string, setting: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unusable("read", path, setting, whyUnreadable(path, error), error);
  }
}

function check(path: string, setting: string, otherwise: string, tls: Partial<Tls>): void {
  try {
    // Bun takes an empty text for none, and a file may be empty while it is being written.
    if (Object.values(tls).includes("")) throw new Error("empty");
    createSecureContext(tls);
  } catch (error) {
    throw unusable("use", path, setting, otherwise, error);
  }
}

function unusable(action: string, path: string, setting: string, why: string, cause: unknown): AppError {
  return new AppError("file-unusable", `Cannot ${action} "${path}" (PLAYHEAD_${setting}): ${why}`, { cause });
}
