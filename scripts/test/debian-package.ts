/** Installs packages that tests need, on a Debian with root. */

/** @returns whether this system allows it */
export function mayInstall(): boolean {
  return Bun.which("apt-get") !== null && process.getuid?.() === 0;
}

/** Fetches the lists of packages. @throws Error with the failed command's own words */
export function update(): void {
  run("apt-get", "update", "-qq");
}

/** @returns whether the lists have such a package */
export function hasPackage(name: string): boolean {
  return Bun.spawnSync(["apt-cache", "show", name], { stdout: "ignore", stderr: "ignore" }).success;
}

/** Installs packages without starting their services. @throws Error with the failed command's own words */
export function install(...packages: readonly string[]): void {
  run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages);
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, {
    stdout: "ignore",
    stderr: "pipe",
    // Packages start no services in runlevel 1.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  if (exitCode === 0) return;
  throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr.toString().slice(-2000)}`);
}
