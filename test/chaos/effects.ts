import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import type { Embedded } from "../support/embedded.ts";
import { finished } from "../support/embedded.ts";
import { LOCAL_CLIENT } from "../support/loopback.ts";
import type { Member } from "./crowd.ts";

/** A mail that may have reached its reader. `at` in ms since 1970. */
export interface Mail {
  readonly to: string;
  readonly at: number;
}

/** All that the service has done to the world. */
interface Effects {
  readonly mails: readonly Mail[];
  /** By address: the job that created it. */
  readonly profiles: ReadonlyMap<string, string>;
  /** Keys of the files. */
  readonly files: ReadonlySet<string>;
}

/** What the rules allow beyond one mail each and success. */
interface Excuses {
  /** Whether something came between the two mails, or the mail and its record, after which nobody can know. */
  doubled(first: Mail, second: Mail, flow: FlowView): boolean;
  /** Default: no flow may fail. */
  failed?(flow: FlowView): boolean;
}

/** What the mail server of the service itself has kept. */
export async function keptMails(service: Embedded): Promise<readonly Mail[]> {
  const mails = await service.json<{ to: string; at: string }[]>("/_local/mail");
  return mails.map(({ to, at }) => ({ to, at: Date.parse(at) }));
}

/** Profiles and files, read behind the API's back; `dynamodb` where the profiles are. */
export async function readEffects(
  service: Embedded,
  mails: readonly Mail[],
  dynamodb = service.dynamodbEndpoint,
): Promise<Effects> {
  const client = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: dynamodb });
  const profiles = new Map<string, string>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName: "profiles" })) {
    for (const { id, createdBy } of Items) profiles.set(id?.S ?? "", createdBy?.S ?? "");
  }
  client.destroy();
  const files = await service.json<{ key: string }[]>("/_local/files");
  return { mails, profiles, files: new Set(files.map(({ key }) => key)) };
}

/** The flows of all members, each once it has ended, by address. */
export async function endedFlows(
  service: Embedded,
  members: readonly Member[],
): Promise<ReadonlyMap<string, FlowView>> {
  const flows = new Map<string, FlowView>();
  for (const member of members) flows.set(member.email, await finished(service, member));
  return flows;
}

/** A line for each promise that was broken: accepted is done, no effect is missing, none is beyond its rule. */
export function brokenPromises(
  flows: ReadonlyMap<string, FlowView>,
  { mails, profiles, files }: Effects,
  excuses: Excuses,
): readonly string[] {
  const mailsTo = Map.groupBy(mails, ({ to }) => to);
  const strangers = [...mailsTo.keys(), ...profiles.keys()].filter((email) => !flows.has(email));
  const broken = strangers.map((email) => `${email}: an effect for somebody who wasn't accepted`);
  for (const [email, flow] of flows) {
    const say = (what: string) => broken.push(`${email}: ${what}; flow ${flow.id}: ${jobsOf(flow)}`);
    const excused = flow.status === "failed" && excuses.failed?.(flow) === true;
    if (flow.status !== "succeeded" && !excused) say(flow.status);
    if (profiles.get(email) !== `${flow.id}.create-profile`) say(`a profile by ${profiles.get(email)}`);
    if (!files.has(`${flow.id}/render-receipt/0/receipt.pdf`)) say("no receipt");
    const [first, second, ...more] = mailsTo.get(email) ?? [];
    if (!first && !excused) say("no mail");
    if (more.length > 0) say(`${more.length + 2} mails`);
    if (first && second && !excuses.doubled(first, second, flow)) say("two mails, with nothing between them");
  }
  return broken;
}

function jobsOf({ jobs }: FlowView): string {
  return jobs.map(({ job, status, error = "" }) => `${job} ${status} ${error}`.trim()).join(", ");
}

/** How many people got two mails. */
export function doubledMails(mails: readonly Mail[]): number {
  return [...Map.groupBy(mails, ({ to }) => to).values()].filter(({ length }) => length > 1).length;
}
