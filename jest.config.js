/**
 * Native ESM: jest runs with `node --experimental-vm-modules` (see package.json), and swc only strips the types.
 * Suites share the processors, those with real servers too: on two processors the contract and end-to-end suites took 4 minutes one after
 * another, and kept them a third busy.
 */
const common = {
  testEnvironment: "<rootDir>/test/support/fail-on-leaks.ts",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2023", parser: { syntax: "typescript" } },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
};

/** @param {string} name its folder in `test/`, and its name for `--selectProjects` */
const suite = (name) => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

/** Deploys by the commands that people type, to an emulator that must be installed for it: for CI, by ERRAND_EMULATORS=1. */
const emulators = suite("emulators");

/** Kills, stops and cuts off the service for minutes: for CI, by ERRAND_CHAOS=1. Its files mostly wait, so they run side by side. */
const chaos = suite("chaos");

/** The page in a real Chromium, which a machine may lack: for CI, by ERRAND_BROWSER=1. Its files mostly wait, so they run side by side. */
const browser = suite("browser");

/**
 * The acceptance suite needs a target to run against, which `npm run acceptance` names: it is no part of `npm test`. Its files run one after
 * another, since they share the target and what is on it.
 */
const acceptance = suite("acceptance");

export default {
  // Tests wait for states, not for times: this only ends what hangs, also on a machine that is busy with other work.
  testTimeout: 120_000,
  projects: process.env["ERRAND_TARGET"]
    ? [acceptance]
    : process.env["ERRAND_EMULATORS"]
      ? [emulators]
      : process.env["ERRAND_CHAOS"]
        ? [chaos]
        : process.env["ERRAND_BROWSER"]
          ? [browser]
          : [suite("unit"), suite("simulation"), suite("infra"), suite("contract"), suite("end-to-end")],
  // Jest's own default leaves one processor out, which is half of a machine with two: 11 minutes instead of 8 there.
  maxWorkers: "100%",
  reporters: ["default", "<rootDir>/test/support/summary-reporter.ts"],
  // The reporter ends a run that doesn't end by itself; jest's own warning would come after the summary line.
  openHandlesTimeout: 0,
};
