/** Entry points of the binary: the program, and each Worker, since the bundler doesn't follow `new Worker`. */
export const ENTRYPOINTS = [
  "src/main.ts",
  "src/app/worker.ts",
  "src/store/sqlite/backup-worker.ts",
  "src/store/sqlite/commit-worker.ts",
];
