/** The systems that the program is built for, by the names that Node and the packages of DuckDB have for them. */

export interface Target {
  readonly os: string;
  readonly cpu: string;
}

/** The system that this process runs on. */
export const HERE: Target = { os: process.platform, cpu: process.arch };

/** The systems that a release is made for. */
export const RELEASED: readonly Target[] = [
  { os: "linux", cpu: "x64" },
  { os: "linux", cpu: "arm64" },
  { os: "darwin", cpu: "arm64" },
];

export const nameOf = ({ os, cpu }: Target): string => `${os}-${cpu}`;

/** The package with DuckDB's native parts for a system. */
export const duckdbPackageOf = (target: Target): string => `@duckdb/node-bindings-${nameOf(target)}`;

/** The package with the Bun that runs on a system. */
export const bunPackageOf = ({ os, cpu }: Target): string => `@oven/bun-${os}-${cpu === "arm64" ? "aarch64" : cpu}`;
