// CommonJS, as jest-runner is: its default export reads differently from a module.
const { default: TestRunner } = require("jest-runner");

/** Runs test files one after another: real servers side by side would take each other's processor time. */
module.exports = class SerialRunner extends TestRunner {
  /** @override */
  isSerial = true;
};
