import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { finished, signUp } from "../support/embedded.ts";
import { LOCAL_CLIENT } from "../support/loopback.ts";
import { serveTests } from "../support/serve-tests.ts";

const service = await serveTests();
const dynamodb = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint: service.dynamodbEndpoint });
afterAll(() => dynamodb.destroy());

test("a second sign-up with an address looks like the first, and the profile stays the first one's", async () => {
  const bio = "Ein Leben in Sätzen.\n".repeat(500);
  const first = { email: "zoe@example.com", name: "Zoë", plan: "pro", locale: "de", bio };
  const second = { email: "Zoe@Example.COM", name: "Mallory", plan: "free", bio: `${bio}!` };
  const views: FlowView[] = [];
  for (const person of [first, second]) {
    views.push(await finished(service, await signUp(service, person)));
  }
  expect(views.map(({ status }) => status)).toEqual(["succeeded", "succeeded"]);
  const [one, other] = views.map(withoutIdsAndTimes);
  expect(other).toEqual(one);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: "profiles" }));
  const jobId = views[0]?.jobs.find(({ job }) => job === "create-profile")?.id;
  const files = await service.json<{ key: string }[]>("/_local/files");
  const bioFiles = files.map(({ key }) => key).filter((key) => key.startsWith("profiles/"));
  expect(bioFiles).toEqual([expect.stringMatching(/^profiles\/[0-9a-f]{32}\/[^/]+\/bio\.txt$/)]);
  expect(bioFiles[0]).toContain(`/${jobId}/`);
  const { bio: _, email: id, ...rest } = first;
  expect(Items.map((item) => unmarshall(item))).toEqual([
    { id, ...rest, createdAt: views[0]?.createdAt, createdBy: jobId, bioFile: bioFiles[0] },
  ]);
}, 20_000);

/** What is left of a view tells whether the address was known, if anything does. */
function withoutIdsAndTimes(view: FlowView): unknown {
  const text = JSON.stringify(view).replaceAll(view.id, "<flow>");
  return JSON.parse(text.replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"'));
}
