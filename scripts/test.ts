/**
 * Runs the suite and ends with the plain line `N passed, N failed`, which CI reads.
 *
 * The exit code is the runner's own; a run that counts no test has failed.
 */

export {};

/** Bun reads no timeout from bunfig.toml; tests that start processes need more than its 5 s on a busy machine. */
const TIMEOUT = "--timeout=30000";

const runner = Bun.spawn(["bun", "test", TIMEOUT, ...process.argv.slice(2)], { stdout: "inherit", stderr: "pipe" });
const decoder = new TextDecoder();
let tail = "";
for await (const chunk of runner.stderr) {
  process.stderr.write(chunk);
  tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4000);
}
const code = await runner.exited;

function countOf(word: string): number {
  return Number(tail.match(new RegExp(`^\\s*(\\d+) ${word}$`, "m"))?.[1] ?? 0);
}

const passed = countOf("pass");
const failed = countOf("fail") + countOf("errors?");
const ok = code === 0 && passed > 0 && failed === 0;
console.log(`${passed} passed, ${ok ? 0 : Math.max(failed, 1)} failed`);
process.exit(ok ? 0 : code || 1);
