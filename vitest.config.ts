import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests of the session load React's production build, as the program does.
  oxc: { jsx: { runtime: "automatic", development: false } },
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
