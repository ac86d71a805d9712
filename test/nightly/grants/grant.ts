import { deadLetterQueue, dispatchQueue, notifyQueue, webhookQueue } from "../../../shared/index.ts";
import { type Policy, type Right, rightsOf } from "./policies.ts";

/** What is taken away at once: an action on a kind of resource, of one kind of function. */
export interface Grant {
  /** `worker: sqs:SendMessage on its dead letters`. */
  readonly name: string;
  /** The same without whose it is. */
  readonly what: string;
  readonly holdings: readonly Holding[];
}

/** A grant as one function has it. */
export interface Holding {
  /** `api`, `socket`, `dispatch`, `notify`, or a job. */
  readonly owner: string;
  readonly policy: Policy;
  readonly rights: readonly Right[];
}

/** What ARNs of the stage end with, by the name that it has in the service: queues, tables and buckets. */
export interface ResourceNames {
  readonly queues: ReadonlyMap<string, string>;
  readonly others: ReadonlyMap<string, string>;
}

/**
 * The grants in the policies of a stage. Whatever every worker may do is granted by the same code, and is one grant of a
 * worker; what only some may do is granted by their `uses`, and is each one's own.
 */
export function grantsOf(policies: readonly Policy[], names: ResourceNames): readonly Grant[] {
  const held = policies.flatMap((policy) => holdingsOf(policy, names));
  const jobs = new Set(held.map(({ owner }) => owner).filter((owner) => !Object.hasOwn(kinds, owner)));
  const holders = Map.groupBy(held, ({ what }) => what);
  const isCommon = (what: string) => {
    const owners = new Set(holders.get(what)?.map(({ owner }) => owner));
    return [...jobs].every((job) => owners.has(job));
  };
  const named = held.map(({ what, ...holding }) => {
    const { owner } = holding;
    const kind = kinds[owner] ?? (isCommon(what) ? "worker" : owner);
    return { name: `${kind}: ${what}`, what, holding };
  });
  return [...Map.groupBy(named, ({ name }) => name)]
    .map(([name, group]) => ({
      name,
      what: group[0]?.what ?? "",
      holdings: group.map(({ holding }) => holding),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const kinds: Readonly<Record<string, string>> = {
  api: "api",
  socket: "socket",
  [dispatchQueue]: "dispatcher",
  [notifyQueue]: "pusher",
  [webhookQueue]: "webhooks",
};

function holdingsOf(policy: Policy, names: ResourceNames): readonly (Holding & { readonly what: string })[] {
  const rights = rightsOf(policy);
  // Who receives from a queue is its worker. Names of roles say less: CloudFormation cuts them.
  const source = rights.find(({ action }) => action === "sqs:ReceiveMessage");
  // Of those who receive from none, the WebSocket's has connections to answer.
  const other = rights.some(({ action }) => action.startsWith("execute-api:")) ? "socket" : "api";
  const owner = (source && names.queues.get(lastPart(source.resource))) ?? other;
  const groups = Map.groupBy(
    rights,
    ({ action, resource }) => `${action} on ${kindOf(resource, owner, names)}`,
  );
  return [...groups].map(([what, group]) => ({ what, owner, policy, rights: group }));
}

/** A resource in words, as seen by the function: an ARN that nothing is known of stays as it is. */
function kindOf(resource: string, owner: string, { queues, others }: ResourceNames): string {
  const service = resource.split(":")[2];
  if (service === "logs") return "its log group";
  if (service === "execute-api") return "connections";
  if (service === "ssm") return `the parameter ${resource.split("/").at(-1)}`;
  const [name = "", ...path] = lastPart(resource).split("/");
  const other = others.get(name);
  if (other !== undefined) return [other, ...path].join("/");
  const queue = queues.get(name);
  if (queue === undefined) return resource;
  if (queue === owner) return "its queue";
  if (queue === deadLetterQueue(owner)) return "its dead letters";
  if (queue === dispatchQueue) return "the dispatch queue";
  if (queue === notifyQueue) return "the notify queue";
  if (queue === webhookQueue) return "the webhook queue";
  return queue.endsWith(deadLetterQueue("")) ? "dead letters of jobs" : "queues of jobs";
}

/** `table/t` is `t`, `bucket/flows/*` stays: of an ARN what comes after the account, without the kind of resource. */
function lastPart(arn: string): string {
  return arn
    .split(":")
    .slice(5)
    .join(":")
    .replace(/^table\//, "");
}
