/** Certificates made by openssl for one test. */

import { join } from "node:path";

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Makes a self-signed certificate and its key, over those of an earlier call with the same name. */
export function makeCertificate(directory: string, host: string, name = "certificate"): CertificateFiles {
  const files = { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const names = ["-subj", `/CN=${host}`, "-out", files.cert, "-keyout", files.key];
  const made = Bun.spawnSync(["openssl", "req", ...kind, ...names]);
  if (made.exitCode !== 0) throw new Error(made.stderr.toString());
  return files;
}
