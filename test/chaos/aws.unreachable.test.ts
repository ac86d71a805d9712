import { afterAll, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { eventually } from "../support/eventually.ts";
import { LOOPBACK } from "../support/loopback.ts";
import { serveTests } from "../support/serve-tests.ts";
import { startServers } from "../support/servers.ts";
import { type Crowd, startCrowd } from "./crowd.ts";
import { brokenPromises, endedFlows, keptMails, type Mail, readEffects } from "./effects.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const servers = await startServers();
const roads = {
  S3: await startTcpProxy(portOf(servers.awsEndpoint)),
  DynamoDB: await startTcpProxy(portOf(servers.dynamodbEndpoint)),
};
const service = await serveTests("--s3", urlOf(roads.S3), "--dynamodb", urlOf(roads.DynamoDB));
let crowd: Crowd | undefined;
afterAll(async () => {
  await crowd?.abandon();
  for (const road of Object.values(roads)) await road.stop();
  await servers.stop();
});

/** Of all tests of this file, which share a service: who was signed up, and when there was trouble. */
const flows = new Map<string, FlowView>();
const troubles: { readonly from: number; readonly to: number }[] = [];

test.each([
  ["S3", "refuses connections", refuse],
  ["S3", "does as it is told but loses its answers", mute],
  ["DynamoDB", "refuses connections", refuse],
  ["DynamoDB", "does as it is told but loses its answers", mute],
] as const)(
  "when %s %s under load and then is well again, whoever was accepted has all, and a mail twice only where that came between",
  async (name, what, makeTrouble) => {
    const people = startCrowd(`${name}-${what.split(" ")[0]}`.toLowerCase(), service.call);
    crowd = people;
    await eventually(async () => people.members.length >= 20 || undefined);
    const from = Date.now();
    await makeTrouble(roads[name]);
    await roads[name].heal();
    troubles.push({ from, to: Date.now() });
    const before = people.members.length;
    await eventually(async () => people.members.length >= before + 20 || undefined);
    await people.stop();

    for (const [email, flow] of await endedFlows(service, people.members)) flows.set(email, flow);
    const effects = await readEffects(service, await keptMails(service), servers.dynamodbEndpoint);
    const doubled = (first: Mail, second: Mail) =>
      troubles.some((trouble) => first.at <= trouble.to && second.at >= trouble.from);
    expect(brokenPromises(flows, effects, { doubled })).toEqual([]);
  },
  120_000,
);

/** Until ten steps have failed by it. */
async function refuse(road: TcpProxy): Promise<void> {
  const before = warnings();
  await road.refuse();
  await eventually(async () => warnings() >= before + 10 || undefined);
}

/** Until five answers are lost. */
async function mute(road: TcpProxy): Promise<void> {
  const before = road.lostAnswers();
  road.mute();
  await eventually(async () => road.lostAnswers() >= before + 5 || undefined);
}

function warnings(): number {
  return service.output().split(" ! ").length;
}

function portOf(endpoint: string): number {
  return Number(new URL(endpoint).port);
}

function urlOf({ port }: TcpProxy): string {
  return `http://${LOOPBACK}:${port}`;
}
