import type { App } from "aws-cdk-lib/core";
import type { Catalog } from "../shared/index.ts";
import { ApiStack } from "./stacks/api-stack.ts";
import { type DataResources, DataStack } from "./stacks/data-stack.ts";
import type { FunctionOptions } from "./stacks/function-options.ts";
import type { Mail } from "./stacks/mail-sender.ts";
import { WorkersStack } from "./stacks/workers-stack.ts";

/** `production` keeps what it stores whatever is deployed; `dev` and `test` go without a trace. */
export type StageName = "production" | "dev" | "test";

export interface ServiceOptions extends FunctionOptions {
  readonly catalog: Catalog;
  readonly mail: Mail;
  /** Default `production`. */
  readonly stage?: StageName;
  /** Tables and buckets of one's own, instead of new ones. */
  readonly existing?: Partial<DataResources>;
}

/**
 * The service's stacks: data, then workers, then the API, so that no deploy lets anything send what nobody can receive
 * yet. Names of resources are CloudFormation's.
 */
export function addService(
  app: App,
  { catalog, mail, stage = "production", existing, ...options }: ServiceOptions,
) {
  const retain = stage === "production";
  const name = retain ? "errand" : `errand-${stage}`;
  const { encryptionKey } = options;
  const data = new DataStack(app, `${name}-data`, {
    retain,
    terminationProtection: retain,
    ...(encryptionKey ? { encryptionKey } : {}),
    ...(existing ? { existing } : {}),
  });
  const workers = new WorkersStack(app, `${name}-workers`, {
    ...{ catalog, data, mail, options, retain },
  });
  const api = new ApiStack(app, `${name}-api`, { data, dispatch: workers.dispatch, options });
  workers.addStackDependency(data);
  api.addStackDependency(workers);
  return { data, workers, api };
}
