import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "@jest/globals";

test("forgets a child process", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  await once(child, "spawn");
  expect(child.exitCode).toBeNull();
});
