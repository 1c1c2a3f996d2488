/** The files that an operator brings and may replace at any time: the certificate and the database of countries. */

import type { Log } from "../base/log.ts";
import type { Config } from "../config.ts";
import type { Tls } from "../http/listener.ts";
import type { Countries } from "../http/viewer/countries.ts";
import { openCertificate } from "./certificate.ts";
import { openGeoDatabase } from "./geo-database.ts";

export interface OperatorFiles extends Disposable {
  /** What the server is started with. */
  readonly served: { readonly tls: Tls | undefined; readonly countries: () => Countries | undefined };
  /** Watches the certificate from now on, and hands over each replacement. */
  followCertificate(use: (tls: Tls) => void): void;
  /** Looks at every file now. */
  look(): void;
}

/** Opens the files that the settings name. @throws AppError `file-unusable` naming the file */
export function openOperatorFiles({ server, viewer }: Config, log: Log): OperatorFiles {
  const certificate = openCertificate(server, log);
  const geo = openGeoDatabase(viewer, log);
  return {
    served: { tls: certificate.tls, countries: geo.countries },
    followCertificate: certificate.follow,
    look() {
      certificate.look();
      geo.look();
    },
    [Symbol.dispose]() {
      certificate[Symbol.dispose]();
      geo[Symbol.dispose]();
    },
  };
}
