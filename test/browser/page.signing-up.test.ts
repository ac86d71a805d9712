import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { servePage } from "./serve-page.ts";

const { host, visitor } = await servePage();

test("whoever signs up sees each job to its end, and has the receipt", async () => {
  const { page } = visitor();
  await page.getByRole("button", { name: "Sign up" }).waitFor();
  await visitor().findsItAccessible("form");
  await visitor().signUp({ name: "Zoë Ångström", email: "zoe@example.com", plan: "Pro" });
  for (const job of ["Welcome email", "Your profile", "Your receipt"]) await visitor().sees(job, "done");
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
  expect(await page.getByRole("progressbar").getAttribute("value")).toBe("3");
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download receipt.pdf" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("receipt.pdf");
  expect(
    readFileSync(await download.path())
      .subarray(0, 5)
      .toString(),
  ).toBe("%PDF-");
  await visitor().findsItAccessible("done");
});

test("neither the flow nor its token stands in a URL, and neither outlives the tab", async () => {
  const { page } = visitor();
  await visitor().signUp({ name: "Zoë", email: "url@example.com" });
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
  const { flow, token } = JSON.parse(await page.evaluate<string>("sessionStorage.getItem('errand.flow')"));
  expect([typeof flow, typeof token]).toEqual(["string", "string"]);
  expect(page.url()).toBe(`http://${host}/`);
  const kept = await page.evaluate<string>("JSON.stringify([localStorage, document.cookie, history.state])");
  expect(kept).toBe('[{},"",null]');
});

test("what the API refuses is said at its field, which has the focus, until it is mended", async () => {
  const { page } = visitor();
  await page.getByLabel("Email").fill("zoe");
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.getByText("This is needed.").waitFor();
  expect(await focused()).toBe("name");
  for (const [id, words] of [
    ["name", "This is needed."],
    ["email", "Your welcome email goes there. Enter an email address, such as zoe@example.com."],
  ] as const) {
    expect(await page.locator(`#${id}`).getAttribute("aria-invalid")).toBe("true");
    expect(await descriptionOf(id)).toBe(words);
  }
  await visitor().findsItAccessible("errors");
  await visitor().signUp({ name: "Zoë", email: "mended@example.com" });
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
});

test("the keyboard alone is enough, and the focus goes to what has come", async () => {
  const { page } = visitor();
  await page.getByRole("button", { name: "Sign up" }).waitFor();
  const { keyboard } = page;
  await keyboard.press("Tab");
  await keyboard.type("Zoë");
  await keyboard.press("Tab");
  await keyboard.type("keyboard@example.com");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
  expect(await focused()).toBe("progress-title");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Create your account" }).waitFor();
  expect(await focused()).toBe("form-title");
  expect(await page.getByLabel("Name").inputValue()).toBe("");
});

test("a service that is busy is asked again when it says, with the same key, until it takes the sign-up", async () => {
  const { page } = visitor();
  const keys: (string | undefined)[] = [];
  await page.route("**/sign-ups", (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 2) return route.continue();
    const [status, type] = keys.length === 1 ? [503, "unavailable"] : [429, "too-many-requests"];
    return route.fulfill({
      status,
      headers: { "retry-after": "1", "content-type": "application/problem+json" },
      body: JSON.stringify({ type: `/problems/${type}`, title: "", status, detail: "" }),
    });
  });
  await visitor().signUp({ name: "Zoë", email: "busy@example.com" });
  await visitor().hears("The service is busy.");
  await visitor().findsItAccessible("busy");
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
  expect(keys).toHaveLength(3);
  expect(keys[0]).toMatch(/^[\da-f]{32}$/);
  expect(new Set(keys).size).toBe(1);
});

test("nothing has to be scrolled sideways, on a phone of 320 px and with text of twice the size", async () => {
  const { page } = visitor();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.getByRole("button", { name: "Sign up" }).waitFor();
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  expect(await page.evaluate(overflow)).toBe(0);
  await page.evaluate("document.documentElement.style.fontSize = '200%'");
  expect(await page.evaluate(overflow)).toBe(0);
});

/** The id of what has the focus. */
const focused = () => visitor().page.evaluate("document.activeElement.id");

/** The text of what `aria-describedby` names, as far as it is shown. */
async function descriptionOf(id: string): Promise<string> {
  return visitor().page.evaluate<string>(
    `document.getElementById("${id}").getAttribute("aria-describedby").split(" ")
      .map((id) => document.getElementById(id)).filter((text) => !text.hidden)
      .map((text) => text.textContent).join(" ")`,
  );
}
