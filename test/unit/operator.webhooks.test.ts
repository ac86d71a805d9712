import { expect, test } from "@jest/globals";
import {
  enableWebhook,
  rotateWebhookSecrets,
  webhookSecret,
} from "../../infra/operator/commands/webhooks.ts";
import { disableEndpoint } from "../../shared/webhook/endpoints.ts";
import { operated } from "../support/operated.ts";

const url = new URL("https://hooks.example.com/a");

test("a receiver's secret is printed alone, the same for each path of its origin, and another after a rotation", async () => {
  const { service } = await operated();
  const { text, json } = await webhookSecret(service, url);
  expect(text).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
  expect((await webhookSecret(service, new URL("https://hooks.example.com/b?c"))).text).toBe(text);
  expect(json).toEqual({ origin: "https://hooks.example.com", secret: text.trim(), previous: [] });
  const rotation = await rotateWebhookSecrets(service, { force: false });
  expect(rotation.json).toEqual({ rotated: true, previousUntil: "2026-01-02T00:00:00.000Z" });
  expect((await webhookSecret(service, url)).json).toMatchObject({
    secret: expect.not.stringContaining(text.trim()),
    previous: [text.trim()],
  });
  await expect(rotateWebhookSecrets(service, { force: false })).rejects.toThrow(
    "a day between two rotations",
  );
  expect((await rotateWebhookSecrets(service, { force: true })).done).toBe(true);
});

test("an endpoint that has answered 410 is told again, and one that hasn't is not there", async () => {
  const { service } = await operated();
  const endpoint = { table: service.webhookItems, clock: service.clock };
  await disableEndpoint(endpoint, url.href);
  expect(await enableWebhook(service, url)).toMatchObject({
    text: "The endpoint is told again.\n",
    done: true,
  });
  expect(await enableWebhook(service, url)).toMatchObject({
    text: "The endpoint wasn't disabled.\n",
    done: false,
  });
});
