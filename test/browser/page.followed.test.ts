import { expect, test } from "@jest/globals";
import type { WebSocket } from "playwright-core";
import { servePage } from "./serve-page.ts";

const { host, visitor } = await servePage();

const allDone = () => visitor().page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();

test("changes come by a WebSocket, whose URL has neither the flow nor its token", async () => {
  const { page } = visitor();
  const connections: WebSocket[] = [];
  const told: string[] = [];
  page.on("websocket", (connection) => {
    connections.push(connection);
    connection.on("framereceived", ({ payload }) => told.push(String(payload)));
  });
  // The status alone would say it as well: from its second answer on it is left waiting.
  let statuses = 0;
  await page.route(/\/flows\/[^/]+$/, (route) => (++statuses > 1 ? undefined : route.continue()));
  await visitor().signUp({ name: "Zoë", email: "told@example.com" });
  await allDone();
  expect(connections.map((connection) => connection.url())).toEqual([`ws://${host}/socket`]);
  expect(told.some((message) => message.includes('"status":"succeeded"'))).toBe(true);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("where WebSockets are blocked the status is asked for instead, and nobody is told of a problem", async () => {
  const { page } = visitor();
  let tries = 0;
  await page.routeWebSocket("**/socket", (connection) => {
    tries++;
    void connection.close();
  });
  await page.reload();
  await visitor().signUp({ name: "Zoë", email: "asking@example.com" });
  await allDone();
  expect(tries).toBeGreaterThan(0);
  expect(await page.locator("#progress-note").isVisible()).toBe(false);
});
