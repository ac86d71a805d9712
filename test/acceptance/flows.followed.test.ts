import { once } from "node:events";
import { afterAll, afterEach, expect, test } from "@jest/globals";
import { watch } from "../support/watching.ts";
import { type Accepted, openSession } from "./session.ts";
import { target, testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

type Started = Accepted & { readonly socket?: string };

const statusUrl = ({ flow }: Accepted) => `${target.url}/flows/${flow.id}`;

/** One that takes some ten seconds, so that there is something to follow. */
const start = (): Promise<Started> =>
  session.startTestFlow("takes-turns", { ofTen: 0, ofTwo: 60, milliseconds: 299 });

function follow(started: Started, socketUrl?: string) {
  // What is seen in the quiet time is none of the WebSocket's merit; a function may have to be started before it answers.
  const times = { quietMs: 3_600_000, answerMs: 30_000 };
  const watching = watch({ statusUrl: statusUrl(started), token: started.token, socketUrl, times });
  opened.push(watching.watcher);
  return watching;
}

test("a flow is followed by its status to its end", async () => {
  const { watcher, told } = follow(await session.signUp(session.person()));
  await watcher.stopped;
  expect([told[0], told.at(-1)]).toEqual(["mode polling", "end succeeded"]);
});

testShowing("socket", "whoever follows a flow by its WebSocket is told of it up to its end", async () => {
  const started = await start();
  const { watcher, told } = follow(started, started.socket);
  await watcher.stopped;
  const live = told.indexOf("mode socket");
  expect([live > 0, told.at(-1)]).toEqual([true, "end succeeded"]);
  // From then on nobody asked for the status, and changes were told one by one.
  expect(told.slice(live + 1).filter((each) => !each.startsWith("change"))).toEqual(["end succeeded"]);
  expect(told.slice(live + 1).length).toBeGreaterThan(5);
});

testShowing("socket", "a wrong token is answered as an unknown flow is, and told nothing", async () => {
  const started = await start();
  const url = new URL(started.socket ?? "", statusUrl(started));
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  opened.push(socket);
  await once(socket, "open");
  const answers: unknown[] = [];
  for (const flow of [started.flow.id, "0".repeat(26)]) {
    const answered = once(socket, "message");
    socket.send(JSON.stringify({ action: "subscribe", flow, token: "x".repeat(43) }));
    const [{ data }] = (await answered) as [{ data: string }];
    const { flow: asked, ...answer } = JSON.parse(data);
    expect(asked).toBe(flow);
    answers.push(answer);
  }
  expect(answers[0]).toMatchObject({
    type: "problem",
    problem: { type: "/problems/not-found", status: 404 },
  });
  expect(answers[1]).toEqual(answers[0]);
  await session.finished(started);
});
