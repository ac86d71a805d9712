import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IAMClient } from "@aws-sdk/client-iam";
import { PurgeQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { readEnvironment } from "../../../functions/environment.ts";
import { standInVariables } from "../../../infra/stand-in-environment.ts";
import { createSqsQueue } from "../../../shared/aws/index.ts";
import { isOpen } from "../../../shared/breaker/breaker.ts";
import { createBreakers } from "../../../shared/breaker/breakers.ts";
import { standardProfile } from "../../../shared/catalog/queue-settings.ts";
import { systemClock } from "../../../shared/clock/clock.ts";
import { dependenciesOf } from "../../../shared/index.ts";
import { ownNames } from "../../../shared/ledger/dynamodb-names.ts";
import { createTable } from "../../../shared/ledger/dynamodb-table.ts";
import { readRefusals } from "../../acceptance/access/refusals.ts";
import type { Place } from "../../acceptance/place.ts";
import { catalog } from "../../acceptance/service/catalog.ts";
import { eventually } from "../../support/eventually.ts";
import type { ResourceNames } from "./grant.ts";
import { type Policy, putPolicy, readPolicies } from "./policies.ts";

/** The account of a MiniStack that enforces IAM, as an administrator sees it. */
export function openEmulator({ environment }: Place) {
  const { dynamodb, iam, logs, sqs } = clients(environment);
  const variables = readEnvironment(environment);
  const urls = variables.queueUrls();
  const queue = createSqsQueue({ client: sqs, urls });
  const ledgerTable = variables.required("LEDGER_TABLE");
  const breakers = createBreakers({
    table: createTable({ client: dynamodb, tableName: ledgerTable, names: ownNames() }),
    clock: systemClock,
  });
  const names: ResourceNames = {
    queues: new Map(Object.entries(urls).map(([name, url]) => [url.slice(url.lastIndexOf("/") + 1), name])),
    others: new Map([
      [ledgerTable, "ledger"],
      [variables.required("PROFILES_TABLE"), "profiles"],
      [variables.required("PAYLOAD_BUCKET"), "payloads"],
      [variables.required("FILES_BUCKET"), "files"],
      [variables.required("UPLOADS_BUCKET"), "uploads"],
    ]),
  };

  async function isEmpty(name: string): Promise<boolean> {
    const { visible, inFlight, delayed } = await queue.depth(name);
    return visible + inFlight + delayed === 0;
  }

  return {
    names,
    policies: () => readPolicies(iam, "errand-test-"),
    putPolicy: (policy: Policy) => putPolicy(iam, policy),
    refusals: (since: number) => readRefusals(logs, since),
    /** Throws every message away, hidden and delayed ones included, until none is left: functions at work may send some more. */
    async purge(): Promise<void> {
      await eventually(async () => {
        for (const QueueUrl of Object.values(urls)) await sqs.send(new PurgeQueueCommand({ QueueUrl }));
        const empty = await Promise.all(Object.keys(urls).map(isEmpty));
        return empty.every(Boolean) || undefined;
      });
    },
    /** A refusal is an outage of what a job uses, which would hold the jobs of later rounds. Until each worker has heard of its end. */
    async endOutages(): Promise<void> {
      const open = (await breakers.read(dependenciesOf(catalog))).filter(isOpen);
      for (const breaker of open) await breakers.close(breaker);
      if (open.length > 0) await pause(standardProfile.breaker.cacheSeconds * 1000);
    },
    close() {
      for (const client of [dynamodb, iam, logs, sqs]) client.destroy();
    },
  };
}

export type Emulator = ReturnType<typeof openEmulator>;

/** Over its certificate: Node reads NODE_EXTRA_CA_CERTS at its start alone, and this process was there before the emulator. */
function clients(environment: Place["environment"]) {
  const endpoint = environment["AWS_ENDPOINT_URL"] ?? "";
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = standInVariables(endpoint);
  const options = {
    ...{ endpoint, region: AWS_REGION },
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    requestHandler: { httpsAgent: { ca: readFileSync(environment["NODE_EXTRA_CA_CERTS"] ?? "") } },
  };
  return {
    dynamodb: new DynamoDBClient(options),
    iam: new IAMClient(options),
    logs: new CloudWatchLogsClient(options),
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
  };
}
