/**
 * Writes the software bill of materials of the binary: every package whose code is in it, and Bun, in CycloneDX JSON.
 *
 * `bun scripts/sbom.ts [FILE]`. It reads bun.lock alone, so the same lock gives the same bytes.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { VERSION } from "../src/version.ts";
import { HERE, nameOf, type Target } from "./build/targets.ts";

/** A package in bun.lock: its name and version, source, dependencies, and the digest of its archive. */
type Locked = readonly [
  nameAtVersion: string,
  registry: string,
  asks: {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  },
  integrity: string,
];

interface Lock {
  readonly workspaces: { readonly "": { readonly dependencies: Readonly<Record<string, string>> } };
  readonly packages: Readonly<Record<string, Locked>>;
}

export interface Component {
  readonly type: "library" | "application" | "platform";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly [{ readonly license: { readonly id: string } } | { readonly expression: string }];
  readonly hashes?: readonly [{ readonly alg: "SHA-512"; readonly content: string }];
}

const ROOT = resolve(import.meta.dir, "..");
/** Where packages are installed: this system's, and those of the systems that a release is made for. */
const PACKAGES = ["node_modules", "scripts/release/node_modules"];
const DEFAULT_FILE = "dist/playhead.cdx.json";
/** Among packages that exist per platform, the binary has its own platform's. */
const PLATFORM = /-(linux|darwin|win32)-(x64|arm64)(-musl)?$/;

/** Makes the bill for a system's binary. */
export function billOfMaterials(target: Target = HERE) {
  const lock = readLock();
  const components = new Map<string, Component>();
  const asks = new Map<string, string[]>();
  const visit = (name: string): string => {
    const [nameAtVersion = "", , { dependencies = {}, optionalDependencies = {} } = {}, integrity = ""] =
      lock.packages[name] ?? [];
    if (nameAtVersion === "") throw new Error(`bun.lock has no ${name}`);
    const component = componentOf(nameAtVersion, integrity);
    const ref = component["bom-ref"];
    if (components.has(ref)) return ref;
    components.set(ref, component);
    const wanted = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
    const here = wanted.filter((each) => !PLATFORM.test(each) || each.endsWith(`-${nameOf(target)}`));
    asks.set(ref, here.map(visit));
    return ref;
  };
  const direct = Object.keys(lock.workspaces[""].dependencies).map(visit);
  const bun: Component = {
    type: "platform",
    "bom-ref": `pkg:npm/bun@${Bun.version}`,
    name: "bun",
    version: Bun.version,
    purl: `pkg:npm/bun@${Bun.version}`,
    licenses: [{ license: { id: "MIT" } }],
  };
  const playhead: Component = {
    type: "application",
    "bom-ref": `pkg:generic/playhead@${VERSION}`,
    name: "playhead",
    version: VERSION,
    purl: `pkg:generic/playhead@${VERSION}`,
    licenses: [{ license: { id: "MIT" } }],
  };
  const byRef = (a: Component, b: Component) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1);
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: playhead },
    components: [bun, ...components.values()].toSorted(byRef),
    dependencies: [
      { ref: playhead["bom-ref"], dependsOn: [bun["bom-ref"], ...direct].toSorted() },
      ...[...asks].map(([ref, dependsOn]) => ({ ref, dependsOn: dependsOn.toSorted() })),
    ],
  };
}

/** Renders the bill. */
export function sbomText(target?: Target): string {
  return `${JSON.stringify(billOfMaterials(target), null, 2)}\n`;
}

function readLock(): Lock {
  // The lock is JSON, except for commas before closing brackets.
  const text = readFileSync(join(ROOT, "bun.lock"), "utf8").replace(/,(\s*[\]}])/g, "$1");
  return JSON.parse(text) as Lock;
}

function componentOf(nameAtVersion: string, integrity: string): Component {
  const at = nameAtVersion.lastIndexOf("@");
  const name = nameAtVersion.slice(0, at);
  const version = nameAtVersion.slice(at + 1);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const digest = integrity.replace(/^sha512-/, "");
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    licenses: [licenseOf(name)],
    hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }],
  };
}

function licenseOf(name: string): NonNullable<Component["licenses"]>[0] {
  const manifest = PACKAGES.map((folder) => join(ROOT, folder, name, "package.json")).find(existsSync);
  if (!manifest) throw new Error(`Cannot tell the licence of ${name}: it is not installed; bun run release`);
  const { license } = JSON.parse(readFileSync(manifest, "utf8"));
  if (typeof license !== "string") throw new Error(`${name} names no licence`);
  return license.includes(" ") ? { expression: license } : { license: { id: license } };
}

if (import.meta.main) writeFileSync(process.argv[2] ?? DEFAULT_FILE, sbomText());
