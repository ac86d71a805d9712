import { afterAll, beforeEach, expect, test } from "@jest/globals";
import { startPostOffice } from "../chaos/post-office.ts";
import { startTcpProxy } from "../chaos/tcp-proxy.ts";
import { LOOPBACK } from "../support/loopback.ts";
import { servePage } from "./serve-page.ts";

const office = await startPostOffice();
const road = await startTcpProxy(office.port);
const { visitor } = await servePage("--smtp", `smtp://${LOOPBACK}:${road.port}`);
beforeEach(() => road.refuse());
afterAll(async () => {
  await road.stop();
  await office.stop();
});

const allDone = () => visitor().page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();

test("while the mail server is down the email is on hold, since when and why; then it is done", async () => {
  await visitor().signUp({ name: "Zoë", email: "held@example.com" });
  await visitor().sees("Welcome email", /on hold since \d\d:\d\d/);
  await visitor().sees("Welcome email", /Because: No connection to the mail server\. It goes on by itself\./);
  await visitor().sees("Your receipt", "Download receipt.pdf");
  await visitor().findsItAccessible("held");
  await road.heal();
  await allDone();
  expect(office.delivered().map(({ to }) => to)).toContain("held@example.com");
});

test("a reload in the middle goes on where it was, with its files", async () => {
  const { page } = visitor();
  await visitor().signUp({ name: "Zoë", email: "reloading@example.com" });
  await visitor().sees("Welcome email", "on hold");
  await page.reload();
  await visitor().sees("Welcome email", "on hold");
  await visitor().sees("Your receipt", "Download receipt.pdf");
  await road.heal();
  await allDone();
  await page.reload();
  await allDone();
  expect(office.delivered().filter(({ to }) => to === "reloading@example.com")).toHaveLength(1);
});

test("offline it says so, and once back it shows what has happened since", async () => {
  const { page } = visitor();
  await visitor().signUp({ name: "Zoë", email: "offline@example.com" });
  await visitor().sees("Welcome email", "on hold");
  await page.context().setOffline(true);
  await visitor().hears("You are offline.");
  await visitor().findsItAccessible("offline");
  await road.heal();
  await page.context().setOffline(false);
  await allDone();
  expect(await page.locator("#progress-note").isVisible()).toBe(false);
});

test("a sign-up that is sent offline goes out when the network is back, once", async () => {
  await road.heal();
  const { page } = visitor();
  await page.getByRole("button", { name: "Sign up" }).waitFor();
  await page.context().setOffline(true);
  await visitor().signUp({ name: "Zoë", email: "waiting@example.com" });
  await visitor().hears("Your sign-up is sent as soon as you are back.");
  await page.context().setOffline(false);
  await allDone();
  expect(office.delivered().filter(({ to }) => to === "waiting@example.com")).toHaveLength(1);
});

test("a job that fails for good says why, and the others are done", async () => {
  await road.heal();
  office.answer = () => 550;
  await visitor().signUp({ name: "Zoë", email: "refused@example.com" });
  await visitor().sees("Welcome email", /failed.*Because: /s);
  await visitor().page.getByRole("heading", { name: "You’re signed up, with a hitch" }).waitFor();
  await visitor().sees("Your profile", "done");
  await visitor().findsItAccessible("failed");
});
