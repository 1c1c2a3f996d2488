/** What of the operating system a fault needs; a test that lacks it is skipped, and says so. */

const TOOLS = { strace: "strace", faketime: "faketime", "mkfs.ext4": "e2fsprogs", mount: "mount" } as const;

export type Tool = keyof typeof TOOLS;

const MOUNT = 'at=$(mktemp -d) && mount -t tmpfs tmpfs "$at"; code=$?; umount "$at"; rmdir "$at"; exit $code';
/** What shows that a tool may do what it is for: root in a container often may not. */
const PROOFS: Partial<Record<Tool, readonly string[]>> = {
  strace: ["strace", "-o", "/dev/null", "true"],
  "mkfs.ext4": ["losetup", "-f"],
  mount: ["sh", "-c", MOUNT],
};

/** Debian's packages of the tools that are not there. */
export function missingPackages(): string[] {
  return [...new Set(namesOf(TOOLS).filter((tool) => Bun.which(tool) === null))].map((tool) => TOOLS[tool]);
}

/**
 * Tells whether a fault can be made here.
 *
 * @param root whether it takes root: mounting, for one
 */
export function canMake(fault: string, { tools, root = false }: { tools: readonly Tool[]; root?: boolean }): boolean {
  const missing = tools.filter((tool) => Bun.which(tool) === null);
  const lacks = [...missing, ...(root && process.getuid?.() !== 0 ? ["root"] : [])];
  if (lacks.length === 0) lacks.push(...tools.filter((tool) => !mayUse(tool)).map((tool) => `leave for ${tool}`));
  if (lacks.length > 0) process.stderr.write(`SKIPPED: ${fault} needs ${lacks.join(" and ")}\n`);
  return lacks.length === 0;
}

function mayUse(tool: Tool): boolean {
  const proof = PROOFS[tool];
  return proof === undefined || Bun.spawnSync([...proof]).success;
}

function namesOf<T extends object>(of: T): (keyof T)[] {
  return Object.keys(of) as (keyof T)[];
}
