import { type IFunction, RecursiveLoop } from "aws-cdk-lib/aws-lambda";
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { WorkerVariables } from "../../functions/environment.ts";
import {
  type Catalog,
  dependenciesOf,
  dispatcherLimits,
  dispatchQueue,
  fastestPerSecond,
  type JobDefinition,
  notifyLimits,
  notifyQueue,
  type QueueLimits,
  webhookLimits,
  webhookQueue,
} from "../../shared/index.ts";
import { JobQueue } from "../constructs/job-queue.ts";
import { JobWorker } from "../constructs/job-worker.ts";
import type { ServiceFolder } from "../service-folder.ts";
import type { DataResources } from "./data-stack.ts";
import { entryOf } from "./entry.ts";
import { allowKey, engineVariables, type FunctionOptions, functionProps } from "./function-options.ts";
import { allowCounting, allowLedger, allowPayloads, allowSending } from "./grants.ts";
import { logicalId } from "./logical-id.ts";
import { type Mail, MailSender } from "./mail-sender.ts";
import { createPusher, createWebhookTeller } from "./notice-workers.ts";
import { namesOf, urlsOf } from "./queue-urls.ts";
import { createSocket, type SocketResources } from "./socket-function.ts";
import { readUses } from "./uses.ts";

export interface WorkersStackProps extends StackProps {
  readonly service: ServiceFolder;
  readonly data: DataResources;
  readonly mail: Mail;
  readonly options: FunctionOptions;
  /** Under what name its functions count. */
  readonly serviceName: string;
  /** Whether queues, and the letters and messages in them, outlive the stack. */
  readonly retain: boolean;
  /** The endpoints that are told of every flow's end. */
  readonly webhooks: readonly string[];
}

/** A queue of the catalog's, or one of the engine's own, and the function that works it. */
export interface QueueWorker {
  readonly name: string;
  readonly queue: JobQueue;
  readonly function: IFunction;
}

/**
 * For each job a queue and its worker; the queues of notices, to those who watch and to webhooks, and their workers, which all of them send
 * to; the dispatch queue and the dispatcher, which sends to all of these.
 */
export class WorkersStack extends Stack {
  readonly dispatch: JobQueue;
  readonly notify: JobQueue;
  readonly webhook: JobQueue;
  /** All of them, the dispatcher last. */
  readonly workers: readonly QueueWorker[];
  /** Where changes are told; undefined where the target has no WebSocket. */
  readonly socket: SocketResources | undefined;
  /** Made for the first job that uses mail; a service without such a job has none. */
  mail?: MailSender;

  constructor(scope: Construct, id: string, props: WorkersStackProps) {
    const { service, data, mail, options, retain, serviceName, webhooks, ...stackProps } = props;
    super(scope, id, stackProps);
    this.dispatch = this.createQueue(dispatchQueue, dispatcherLimits, props);
    this.notify = this.createQueue(notifyQueue, notifyLimits, props);
    this.webhook = this.createQueue(webhookQueue, webhookLimits, props);
    this.socket = createSocket(this, "Socket", props);
    const pusher = createPusher(this, props);
    const teller = createWebhookTeller(this, props);
    const jobs = [...service.catalog.jobs.values()].map((job) => {
      const queue = this.createQueue(job.name, job, props);
      return { job, queue, worker: this.createWorker(job, queue, props) };
    });
    const queues = new Map(jobs.map(({ job, queue }) => [job.name, queue]));
    const dispatcher = this.createDispatcher(queues, props);
    // Who sends comes after who receives: no message of a new job before there is somebody to run it.
    dispatcher.node.addDependency(pusher, teller, ...jobs.map(({ worker }) => worker));
    this.workers = [
      ...jobs.map(({ job, queue, worker }) => ({ name: job.name, queue, function: worker.function })),
      { name: notifyQueue, queue: this.notify, function: pusher.function },
      { name: webhookQueue, queue: this.webhook, function: teller.function },
      { name: dispatchQueue, queue: this.dispatch, function: dispatcher.function },
    ];
    new CfnOutput(this, "QueueUrls", {
      value: this.toJsonString(this.urlsOfAll(queues)),
      description: "A queue's URL by its name in the catalog, dead-letter queues included",
    });
    new CfnOutput(this, "Dependencies", {
      value: JSON.stringify(dependenciesOf(service.catalog)),
      description: "What jobs use, by the names of their breakers",
    });
  }

  private createQueue(
    name: string,
    job: QueueLimits,
    { options: { encryptionKey }, retain }: WorkersStackProps,
  ): JobQueue {
    return new JobQueue(this, `${logicalId(name)}Queue`, {
      job,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(encryptionKey ? { encryptionKey } : {}),
    });
  }

  private createWorker(
    job: JobDefinition,
    queue: JobQueue,
    { service, serviceName, data, mail, options, retain }: WorkersStackProps,
  ): JobWorker {
    const sender = () => {
      this.mail ??= new MailSender(this, "Mail", {
        ...{ ...mail, target: options.target, retain, serviceName },
        fastestPerSecond: fastestMail(service.catalog),
      });
      return this.mail;
    };
    const uses = readUses(job, { ...data, mail: sender });
    const variables: WorkerVariables = {
      ...engineVariables(this, data, {
        ...urlsOf(job.name, queue),
        [dispatchQueue]: this.dispatch.queue.queueUrl,
        [notifyQueue]: this.notify.queue.queueUrl,
        [webhookQueue]: this.webhook.queue.queueUrl,
      }),
      ...uses.variables,
      ERRAND_SERVICE: serviceName,
    };
    const worker = new JobWorker(this, logicalId(job.name), {
      queue,
      ...entryOf(service, job.name),
      ...functionProps(options, variables),
      ...(job.memoryMiB === undefined ? {} : { memorySize: job.memoryMiB }),
    });
    allowLedger(worker.function, data.ledger, "settle");
    allowPayloads(worker.function, data.payloads, "read");
    // A check, before it opens the job of a letter that somebody moved back by SQS's own redrive; notices.
    allowSending(worker.function, [this.dispatch.queue, this.notify.queue, this.webhook.queue]);
    uses.allow(worker.function);
    allowKey(worker.function, options);
    return worker;
  }

  private createDispatcher(
    jobs: ReadonlyMap<string, JobQueue>,
    { service, serviceName, data, options }: WorkersStackProps,
  ): JobWorker {
    const variables: WorkerVariables = {
      ...engineVariables(this, data, namesOf(this, jobs)),
      ERRAND_SERVICE: serviceName,
    };
    const dispatcher = new JobWorker(this, "Dispatch", {
      queue: this.dispatch,
      ...entryOf(service, dispatchQueue),
      ...functionProps(options, variables),
      // A flow's check is a message to its own queue, every 15 minutes until the flow ends: a loop that is meant. Lambda
      // would stop it after 16 turns, four hours. This function alone may.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    const queues = [...jobs.values()];
    allowLedger(dispatcher.function, data.ledger, "settle");
    // What it sends to one queue goes together, over all flows of its batch; letters go one by one.
    allowSending(
      dispatcher.function,
      [this.dispatch.queue, ...queues.map(({ queue }) => queue)],
      options.target,
    );
    allowSending(dispatcher.function, [this.notify.queue, this.webhook.queue]);
    allowSending(
      dispatcher.function,
      queues.map(({ deadLetters }) => deadLetters),
    );
    allowCounting(
      dispatcher.function,
      queues.map(({ queue }) => queue),
    );
    allowKey(dispatcher.function, options);
    return dispatcher;
  }

  private urlsOfAll(jobs: ReadonlyMap<string, JobQueue>): Record<string, string> {
    return Object.assign(
      urlsOf(dispatchQueue, this.dispatch),
      urlsOf(notifyQueue, this.notify),
      urlsOf(webhookQueue, this.webhook),
      ...[...jobs].map(([name, queue]) => urlsOf(name, queue)),
    );
  }
}

/** Of all jobs that send mail, together: they share the account. */
function fastestMail({ jobs }: Catalog): number {
  const senders = [...jobs.values()].filter(({ uses }) => uses.includes("mail"));
  return senders.reduce((sum, job) => sum + fastestPerSecond(job), 0);
}
