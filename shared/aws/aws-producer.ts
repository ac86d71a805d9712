import type { Catalog } from "../catalog/catalog.ts";
import type { Log } from "../log/event.ts";
import { createProducer, type Producer } from "../producer/producer.ts";
import { dispatchQueue } from "../queue/queue.ts";
import { awsPorts } from "./aws-ports.ts";

export interface AwsProducerOptions {
  readonly catalog: Catalog;
  readonly ledgerTable: string;
  readonly payloadBucket: string;
  readonly dispatchQueueUrl: string;
  /** Default silence. */
  readonly log?: Log;
}

/** A producer over AWS, for any Node program. Region, credentials and endpoints come from the environment. */
export function awsProducer({
  catalog,
  dispatchQueueUrl,
  log = () => {},
  ...resources
}: AwsProducerOptions): Producer {
  const ports = awsPorts({ ...resources, queueUrls: { [dispatchQueue]: dispatchQueueUrl } });
  return createProducer({ ...ports, catalog, log });
}
