import { resolve } from "node:path";
import { stopOnSignal } from "../stop-on-signal.ts";
import { deployToAws } from "./aws.ts";
import { DeployError } from "./deploy-error.ts";
import { deployFresh, localstackDeploy, ministackDeploy } from "./emulators.ts";
import { verifySender } from "./localstack.ts";
import { startMinistack } from "./ministack.ts";
import { localstackRuns, ministackRuns } from "./next-steps.ts";
import { localstackHelp, ministackHelp, readLocalstackOptions, readMinistackOptions } from "./options.ts";

/** `npm run deploy`, `npm run deploy:ministack`, `npm run deploy:localstack`: by the first argument, and the rest for it. */
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  aws: deployToAws,

  async ministack(args) {
    const options = readMinistackOptions(args);
    if (options === "help") return say(ministackHelp);
    const starting = startMinistack({ ...options, directory: resolve(".errand/ministack") });
    // From here on, also while it is deployed to.
    stopOnSignal(async () => (await starting.catch(() => undefined))?.stop());
    const ministack = await starting;
    try {
      const deploy = ministackDeploy(ministack, { ...options, output: "shown" });
      say(ministackRuns(await deployFresh(deploy), ministack));
      await ministack.died;
    } finally {
      await ministack.stop();
    }
  },

  async localstack(args) {
    const options = readLocalstackOptions(args);
    if (options === "help") return say(localstackHelp);
    const deploy = localstackDeploy({ ...options, output: "shown" });
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
