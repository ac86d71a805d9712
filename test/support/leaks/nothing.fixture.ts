import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "@jest/globals";

const server = createServer((_request, response) => response.end("fine")).listen(0, "127.0.0.1");

afterAll(() => {
  server.close();
});

test("closes what it opened in its own afterAll, and prints", async () => {
  await once(server, "listening");
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  process.stdout.write("a line of its own\n");
  expect(await answer.text()).toBe("fine");
});
