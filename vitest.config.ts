import { defineConfig } from "vitest/config";

// Three projects, from the quick and pure to the slow and whole. `core` shares one realm, since pure functions
// cannot disturb each other; the others start real servers and browsers.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "core",
          include: ["core/src/**/*.test.ts", "api/src/**/*.test.ts", "web/src/**/*.test.ts", "packages/*/*.test.ts", "test/rooms.test.ts"],
          isolate: false,
          // A shared machine may be ten times slower than the one a test was written on.
          testTimeout: 30_000,
          pool: "threads",
        },
      },
      {
        test: {
          name: "server",
          include: ["server/src/**/*.test.ts", "test/api/**/*.test.ts", "test/real/**/*.test.ts"],
          globalSetup: ["test/postgres.ts"],
          pool: "forks",
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/postgres.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
