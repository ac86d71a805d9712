import { afterAll, expect, test } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import type { DeliveryView } from "../../shared/webhook/delivery-view.ts";
import { type Accepted, finished, signUp } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { type ReceivedPost, startReceiver } from "../support/https-receiver.ts";
import { shell } from "../support/operator.ts";
import { serveTests } from "../support/serve-tests.ts";

/** What each path answers, post by post; the last again and again. */
const answers: Record<string, readonly number[]> = {};
const seen = new Map<string, number>();
const receiver = await startReceiver(
  (response, { path }) => {
    const count = seen.get(path) ?? 0;
    seen.set(path, count + 1);
    const statuses = answers[path] ?? [204];
    response.writeHead(statuses[Math.min(count, statuses.length - 1)] ?? 204).end();
  },
  { secure: false },
);
const service = await serveTests(
  "--local-webhooks",
  ...["--webhook", `http://localhost:${receiver.port}/default?key=s3cr3t`],
);
afterAll(() => receiver.stop());

const urlOf = (path: string) => `http://localhost:${receiver.port}${path}`;
const postsTo = (path: string) => receiver.received.filter((post) => post.path === path);

/** Signs somebody up who wants to be told there. */
function asking(path: string): Promise<Accepted> {
  const email = `${path.slice(1)}@example.com`;
  return signUp(service, { email, name: "Zoë", notify: { webhook: urlOf(path) } });
}

type Told = FlowView & { readonly deliveries?: readonly DeliveryView[] };

/** What the status says of the flow's delivery. */
async function deliveryOf({ flow, token }: Accepted): Promise<DeliveryView | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await service.call(`/flows/${flow.id}`, { headers });
  return (JSON.parse(body.toString()) as Told).deliveries?.[0];
}

/** The same, as soon as it is final. */
function settled(accepted: Accepted): Promise<DeliveryView> {
  return eventually(async () => {
    const delivery = await deliveryOf(accepted);
    return delivery?.state === "waiting" ? undefined : delivery;
  });
}

/** A line of the guide, as its reader types it. */
const type = (line: string, URL = "") => shell(`${line} --state '${service.stateDirectory}'`, { URL });

async function secretOf(url: string): Promise<string> {
  const { stdout } = await type('npm run errand -- webhook-secret "$URL"', url);
  return /whsec_\S+/.exec(stdout)?.[0] ?? "";
}

function verify(secret: string, { headers, body }: ReceivedPost): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

test("a flow's end is told to the webhook that its request named, signed with the secret that the operator is shown", async () => {
  const accepted = await asking("/told");
  const flow = await finished(service, accepted);
  expect(await settled(accepted)).toMatchObject({
    origin: `http://localhost:${receiver.port}`,
    state: "delivered",
    attempts: 1,
    lastStatus: 204,
  });
  const [post, ...others] = postsTo("/told");
  expect(others).toEqual([]);
  if (!post) throw new Error("no post");
  const { deliveries: _, ...view } = flow as Told;
  expect(verify(await secretOf(urlOf("/told")), post)).toEqual({
    type: "flow.succeeded",
    timestamp: expect.any(String),
    data: view,
  });
  expect(post.headers["webhook-id"]).toBe(`${flow.id}.0`);
  expect(post.body).not.toContain("@example.com");
  expect(post.body).not.toContain(accepted.token);
}, 30_000);

test("a receiver that fails twice is told the third time, with the same id and body", async () => {
  answers["/twice"] = [500, 503, 200];
  const accepted = await asking("/twice");
  expect(await settled(accepted)).toMatchObject({ state: "delivered", attempts: 3, lastStatus: 200 });
  const posts = postsTo("/twice");
  expect(posts).toHaveLength(3);
  expect(new Set(posts.map(({ headers, body }) => `${headers["webhook-id"]} ${body}`)).size).toBe(1);
  const secret = await secretOf(urlOf("/twice"));
  for (const post of posts) verify(secret, post);
}, 60_000);

test("the operator's endpoint is told of every flow, which its caller doesn't see, and of one that named its own beside that", async () => {
  const accepted = await signUp(service, { email: "default@example.com", name: "Zoë" });
  const posts = await eventually(async () => {
    const found = postsTo("/default?key=s3cr3t").filter(
      ({ headers }) => headers["webhook-id"] === `${accepted.flow.id}.0`,
    );
    return found.length > 0 ? found : undefined;
  });
  expect(posts).toHaveLength(1);
  expect(await finished(service, accepted)).not.toHaveProperty("deliveries");
  const [own] = postsTo("/told");
  const beside = postsTo("/default?key=s3cr3t").map(({ headers }) => headers["webhook-id"]);
  expect(beside).toContain(own?.headers["webhook-id"]);
  const { stdout } = await type(`npm run errand -- show ${accepted.flow.id}.create-profile --json`);
  expect(JSON.parse(stdout.slice(stdout.indexOf("{"))).flow.deliveries).toMatchObject([
    { origin: `http://localhost:${receiver.port}`, state: "delivered" },
  ]);
  expect(stdout).not.toContain("s3cr3t");
}, 30_000);

test("after a rotation a receiver of the old secret and one of the new both take what is sent", async () => {
  const old = await secretOf(urlOf("/rotated"));
  const rotation = await type("npm run errand -- rotate-webhook-secrets");
  expect(rotation.code).toBe(0);
  // Another would end the old one's day.
  expect((await type("npm run errand -- rotate-webhook-secrets")).code).toBe(1);
  const fresh = await secretOf(urlOf("/rotated"));
  expect(fresh).not.toBe(old);
  // Workers have the old one for a while: the post is retried by nobody, so each new flow is one more try.
  const post = await eventually(
    async () => {
      const { length } = postsTo("/rotated");
      await settled(await asking("/rotated"));
      return postsTo("/rotated")
        .slice(length)
        .find(({ headers }) => String(headers["webhook-signature"]).includes(" "));
    },
    { pollMs: 100 },
  );
  for (const secret of [old, fresh]) verify(secret, post);
}, 120_000);

test("410 disables the URL until an operator enables it again", async () => {
  answers["/gone"] = [410, 204];
  expect(await settled(await asking("/gone"))).toMatchObject({ state: "failed", lastStatus: 410 });
  expect(await settled(await asking("/gone"))).toMatchObject({ state: "failed", attempts: 0 });
  expect(postsTo("/gone")).toHaveLength(1);
  expect((await type('npm run errand -- enable-webhook "$URL"', urlOf("/gone"))).code).toBe(0);
  expect(await settled(await asking("/gone"))).toMatchObject({ state: "delivered" });
}, 60_000);

test("behind an endpoint that is down flows wait without a post of their own, and are told when it is back", async () => {
  // A port that was somebody's a moment ago.
  const first = await startReceiver(undefined, { secure: false });
  const { port } = first;
  await first.stop();
  const ask = (name: string) =>
    signUp(service, {
      email: `${name}@example.com`,
      name: "Zoë",
      notify: { webhook: `http://127.0.0.1:${port}/${name}` },
    });
  const early = await ask("early");
  const down = await eventually(async () => {
    const shown = await deliveryOf(early);
    return shown && shown.attempts >= 2 ? shown : undefined;
  });
  expect(down).toMatchObject({ state: "waiting", reason: "no answer (ECONNREFUSED)" });
  const later = await Promise.all(["one", "two", "three", "four", "five"].map(ask));
  await Promise.all(later.map((accepted) => finished(service, accepted)));

  const back = await startReceiver(undefined, { secure: false, port });
  for (const accepted of [early, ...later])
    expect(await settled(accepted)).toMatchObject({ state: "delivered" });
  expect(back.received.map(({ path }) => path).sort()).toEqual([
    "/early",
    "/five",
    "/four",
    "/one",
    "/three",
    "/two",
  ]);
  await back.stop();
}, 90_000);
