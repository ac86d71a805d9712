import { RecursiveLoop } from "aws-cdk-lib/aws-lambda";
import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import {
  type Catalog,
  deadLetterQueue,
  dispatcherLimits,
  dispatchQueue,
  type JobDefinition,
} from "../../shared/index.ts";
import { JobQueue } from "../constructs/job-queue.ts";
import { JobWorker } from "../constructs/job-worker.ts";
import type { DataResources } from "./data-stack.ts";
import { entryOf } from "./entry.ts";
import { allowKey, engineVariables, type FunctionOptions, functionProps } from "./function-options.ts";
import { allowCounting, allowLedger, allowPayloads, allowSending } from "./grants.ts";
import { type Mail, MailSender } from "./mail-sender.ts";
import { readUses } from "./uses.ts";

export interface WorkersStackProps extends StackProps {
  readonly catalog: Catalog;
  readonly data: DataResources;
  readonly mail: Mail;
  readonly options: FunctionOptions;
  /** Whether queues, and the letters and messages in them, outlive the stack. */
  readonly retain: boolean;
}

/** For each job a queue and its worker; the dispatch queue and the dispatcher, which sends to all of them. */
export class WorkersStack extends Stack {
  readonly dispatch: JobQueue;
  /** Made for the first job that uses mail; a service without such a job has none. */
  mail?: MailSender;

  constructor(scope: Construct, id: string, props: WorkersStackProps) {
    const { catalog, data, mail, options, retain, ...stackProps } = props;
    super(scope, id, stackProps);
    const jobs = [...catalog.jobs.values()].map((job) => {
      const queue = this.createQueue(job.name, job, props);
      return { job, queue, worker: this.createWorker(job, queue, props) };
    });
    const queues = new Map(jobs.map(({ job, queue }) => [job.name, queue]));
    this.dispatch = this.createQueue(dispatchQueue, dispatcherLimits, props);
    const dispatcher = this.createDispatcher(queues, props);
    // Who sends comes after who receives: no message of a new job before there is somebody to run it.
    dispatcher.node.addDependency(...jobs.map(({ worker }) => worker));
  }

  private createQueue(
    name: string,
    job: Pick<JobDefinition, "timeoutSeconds" | "workers">,
    { options: { encryptionKey }, retain }: WorkersStackProps,
  ): JobQueue {
    return new JobQueue(this, `${pascalCase(name)}Queue`, {
      job,
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(encryptionKey ? { encryptionKey } : {}),
    });
  }

  private createWorker(
    job: JobDefinition,
    queue: JobQueue,
    { data, mail, options, retain }: WorkersStackProps,
  ): JobWorker {
    const sender = () => {
      this.mail ??= new MailSender(this, "Mail", { ...mail, target: options.target, retain });
      return this.mail;
    };
    const uses = readUses(job, { ...data, mail: sender });
    const variables = { ...engineVariables(this, data, urlsOf(job.name, queue)), ...uses.variables };
    const worker = new JobWorker(this, pascalCase(job.name), {
      queue,
      ...entryOf(job.name),
      ...functionProps(options, variables),
    });
    allowLedger(worker.function, data.ledger, "settle");
    allowPayloads(worker.function, data.payloads, "read");
    uses.allow(worker.function);
    allowKey(worker.function, options);
    return worker;
  }

  private createDispatcher(
    jobs: ReadonlyMap<string, JobQueue>,
    { data, options }: WorkersStackProps,
  ): JobWorker {
    const urls = Object.assign(
      urlsOf(dispatchQueue, this.dispatch),
      ...[...jobs].map(([name, queue]) => urlsOf(name, queue)),
    );
    const dispatcher = new JobWorker(this, "Dispatch", {
      queue: this.dispatch,
      ...entryOf(dispatchQueue),
      ...functionProps(options, engineVariables(this, data, urls)),
      // A flow's check is a message to its own queue, every 15 minutes until the flow ends: a loop that is meant. Lambda
      // would stop it after 16 turns, four hours. This function alone may.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    const queues = [...jobs.values()];
    allowLedger(dispatcher.function, data.ledger, "settle");
    allowSending(dispatcher.function, [
      this.dispatch.queue,
      ...queues.flatMap(({ queue, deadLetters }) => [queue, deadLetters]),
    ]);
    allowCounting(
      dispatcher.function,
      queues.map(({ queue }) => queue),
    );
    allowKey(dispatcher.function, options);
    return dispatcher;
  }
}

function urlsOf(name: string, { queue, deadLetters }: JobQueue): Record<string, string> {
  return { [name]: queue.queueUrl, [deadLetterQueue(name)]: deadLetters.queueUrl };
}

/** `send-welcome-email` in the form of logical ids: `SendWelcomeEmail`. */
function pascalCase(name: string): string {
  return name
    .split("-")
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("");
}
