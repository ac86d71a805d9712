import type { App } from "aws-cdk-lib/core";
import type { ServiceFolder } from "./service-folder.ts";
import { type ApiRules, ApiStack } from "./stacks/api-stack.ts";
import { type DataResources, DataStack } from "./stacks/data-stack.ts";
import type { FunctionOptions } from "./stacks/function-options.ts";
import type { Mail } from "./stacks/mail-sender.ts";
import { type AlarmOptions, MonitoringStack } from "./stacks/monitoring-stack.ts";
import { WorkersStack } from "./stacks/workers-stack.ts";

/** `production` keeps what it stores whatever is deployed; `dev` and `test` go with their stacks, but for their own secrets. */
export type StageName = "production" | "dev" | "test";

export interface ServiceOptions extends FunctionOptions {
  readonly service: ServiceFolder;
  readonly mail: Mail;
  /** Default `production`. */
  readonly stage?: StageName;
  /** Tables and buckets of one's own, instead of new ones. */
  readonly existing?: Partial<DataResources>;
  readonly alarms?: AlarmOptions;
  readonly api?: ApiRules;
  /** The endpoints that are told of every flow's end. Default none. */
  readonly webhooks?: readonly string[];
  /** Where the service's own page is, as browsers say it: `https://sign-up.example.com`. It and those that may call the API then are the only pages that may send uploads. Default any: the form is signed. */
  readonly pageOrigin?: string;
}

/**
 * The service's stacks: data, then workers, then the API, so that no deploy lets anything send what nobody can receive
 * yet; last what watches them. Names of resources are CloudFormation's.
 */
export function addService(
  app: App,
  {
    service,
    mail,
    stage = "production",
    existing,
    alarms,
    api: rules,
    pageOrigin,
    webhooks = [],
    ...options
  }: ServiceOptions,
) {
  const retain = stage === "production";
  const name = retain ? "errand" : `errand-${stage}`;
  const { encryptionKey } = options;
  const data = new DataStack(app, `${name}-data`, {
    retain,
    terminationProtection: retain,
    ...(pageOrigin === undefined ? {} : { uploadOrigins: [pageOrigin, ...(rules?.corsOrigins ?? [])] }),
    ...(encryptionKey ? { encryptionKey } : {}),
    ...(existing ? { existing } : {}),
  });
  const workers = new WorkersStack(app, `${name}-workers`, {
    ...{ service, serviceName: name, data, mail, options, retain, webhooks },
  });
  const api = new ApiStack(app, `${name}-api`, {
    ...{ service, data, dispatch: workers.dispatch, socket: workers.socket?.front, options },
    tellsDefaults: webhooks.length > 0,
    ...(rules ? { rules } : {}),
  });
  const monitoring = new MonitoringStack(app, `${name}-monitoring`, {
    ...{ serviceName: name, catalog: service.catalog, workers: workers.workers, api, target: options.target },
    ...(workers.socket ? { socket: workers.socket } : {}),
    reputation: workers.mail?.configurationSet !== undefined,
    ...(alarms ? { alarms } : {}),
  });
  workers.addStackDependency(data);
  api.addStackDependency(workers);
  monitoring.addStackDependency(api);
  return { data, workers, api, monitoring };
}
