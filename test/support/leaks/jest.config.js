import main from "../../../jest.config.js";

/** Files that leak on purpose; `test/unit/support.leaks.test.ts` runs them in a jest of their own. */
export default {
  ...main.projects[0],
  rootDir: "../../..",
  displayName: "leaks",
  testMatch: ["<rootDir>/test/support/leaks/*.fixture.ts"],
  reporters: main.reporters,
  openHandlesTimeout: main.openHandlesTimeout,
};
