import { stopOnSignal } from "../stop-on-signal.ts";
import { deployToAws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { deployFresh, deployToMinistack, localstackDeploy } from "./emulators.ts";
import { verifySender } from "./localstack.ts";
import { localstackRuns, ministackRuns } from "./next-steps.ts";
import { localstackHelp, ministackHelp, readEmulatorOptions } from "./options.ts";

/** `npm run deploy`, `npm run deploy:ministack`, `npm run deploy:localstack`: by the first argument, and the rest for it. */
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  aws: deployToAws,

  async ministack(args) {
    const options = readEmulatorOptions(args);
    if (options === "help") return say(ministackHelp);
    const running = await deployToMinistack(options, { context: options.context, output: "shown" });
    say(ministackRuns(running));
    stopOnSignal(() => running.ministack.stop());
  },

  async localstack(args) {
    const options = readEmulatorOptions(args);
    if (options === "help") return say(localstackHelp);
    const deploy = localstackDeploy({ context: options.context, output: "shown" });
    await verifySender(deploy);
    say(localstackRuns(await deployFresh(deploy)));
  },
};

function say(text: string): void {
  process.stdout.write(text);
}

const [target = "", ...args] = process.argv.slice(2);
commands[target]?.(args).catch((error: unknown) => {
  const text = error instanceof DeployError ? `errand: ${error.message}` : (error as Error).stack;
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
