/** The bill of materials against what the bundler really puts into the binary. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ENTRYPOINTS } from "../../scripts/build/entrypoints.ts";
import { billOfMaterials, type Component } from "../../scripts/sbom.ts";

const IN_PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)/;

describe("the binary's entry points", () => {
  test("are the program and each Worker that the source starts", () => {
    const started = [...new Bun.Glob("**/*.ts").scanSync("src")].flatMap((file) =>
      [...readFileSync(join("src", file), "utf8").matchAll(/new Worker\(new URL\("([^"]+)"/g)].map(
        ([, specifier = ""]) => join("src", dirname(file), specifier),
      ),
    );
    expect(["src/main.ts", ...started].toSorted()).toEqual(ENTRYPOINTS.toSorted());
  });
});

describe("the bill of materials", () => {
  const bill = billOfMaterials();
  const refs = bill.components.map((component) => component["bom-ref"]);

  test("names every package of which there is code in the binary, and no other but natives and Bun", async () => {
    const { metafile } = await Bun.build({
      entrypoints: ENTRYPOINTS,
      target: "bun",
      external: ["*.node"],
      metafile: true,
    });
    const bundled = Object.keys(metafile?.inputs ?? {}).flatMap((path) => IN_PACKAGE.exec(path)?.[1] ?? []);
    const natives = `@duckdb/node-bindings-${process.platform}-${process.arch}`;
    expect(bill.components.map(({ name }) => name).toSorted()).toEqual(
      [...new Set([...bundled, natives, "bun"])].toSorted(),
    );
  });

  test("says of each what it is, its licence and its digest", () => {
    const libraries = bill.components.filter(({ type }) => type === "library");
    expect(libraries.length).toBeGreaterThan(5);
    for (const { name, version, purl, licenses, hashes } of libraries satisfies Component[]) {
      expect(purl).toBe(`pkg:npm/${name.replace("@", "%40")}@${version}`);
      expect([name, JSON.stringify(licenses)]).toEqual([name, expect.stringMatching(/MIT|Apache-2\.0|BSD|ISC/)]);
      expect([name, hashes?.[0].content]).toEqual([name, expect.stringMatching(/^[0-9a-f]{128}$/)]);
    }
  });

  test("has a form that CycloneDX 1.6 allows: unique references, and dependencies among them", () => {
    expect([bill.bomFormat, bill.specVersion]).toEqual(["CycloneDX", "1.6"]);
    expect(new Set(refs).size).toBe(refs.length);
    const known = new Set([...refs, bill.metadata.component["bom-ref"]]);
    const named = bill.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(named.filter((ref) => !known.has(ref))).toEqual([]);
  });
});
