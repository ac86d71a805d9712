import { expect, test } from "@jest/globals";
import { pattern } from "../support/pictures.ts";
import { servePage } from "./serve-page.ts";

const photograph = {
  ...{ name: "me.jpg", mimeType: "image/jpeg" },
  // Smooth, since noise takes the encoder seconds; large, since there must be a middle of its way.
  buffer: await pattern(30, 20).resize(1800, 1200).jpeg({ quality: 100 }).toBuffer(),
};
const { visitor } = await servePage();

const uploads = "**/_local/uploads";

test("a picture that is dropped on its field is sent while the form is filled in, with a bar of its own, and shown when it is made", async () => {
  const { page } = visitor();
  await throttleUploads(photograph.buffer.length / 2);
  await drop("#avatar-drop");
  await visitor().hears("Sending your picture.");
  // Somewhere in the middle: neither of its ends.
  await page
    .locator("#avatar-percent")
    .filter({ hasText: /^[1-9]\d? %$/ })
    .waitFor();
  await visitor().findsItAccessible("sending");
  await throttleUploads(-1);
  await visitor().signUp({ name: "Zoë", email: "pictured@example.com" });
  await visitor().sees("Your picture", "done");
  const picture = page.getByRole("img", { name: "You, as others will see you" });
  await picture.waitFor();
  await page.waitForFunction("document.querySelector('.picture').naturalWidth === 256");
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
  await visitor().findsItAccessible("pictured");
});

test("a picture whose upload is cut off is sent again, and one that is taken out isn't sent at all", async () => {
  const { page } = visitor();
  let tries = 0;
  await page.route(uploads, (route) => (++tries === 1 ? route.abort() : route.continue()));
  const sent = await recordSignUps();
  await page.getByLabel("Picture").setInputFiles(photograph);
  await visitor().hears("Your picture can’t be sent at the moment.");
  await visitor().hears("Your picture is there.");
  expect(tries).toBe(2);
  await page.getByRole("button", { name: "Remove the picture" }).click();
  await page.getByText("Choose a picture, or drop it here").waitFor();
  await visitor().signUp({ name: "Zoë", email: "pictureless@example.com" });
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
  expect(sent).toEqual([["name", "email", "plan", "locale"]]);
});

test("a picture that is taken out while the sign-up waits for it holds that up no longer", async () => {
  const { page } = visitor();
  await page.route(uploads, neverAnswer);
  const sent = await recordSignUps();
  await page.getByLabel("Picture").setInputFiles(photograph);
  await visitor().hears("Sending your picture.");
  await visitor().signUp({ name: "Zoë", email: "impatient@example.com" });
  await page.getByRole("button", { name: "Signing up …" }).waitFor();
  await page.getByRole("button", { name: "Remove the picture" }).click();
  await page.getByRole("heading", { name: "All done. Welcome!" }).waitFor();
  expect(sent).toEqual([["name", "email", "plan", "locale"]]);
});

test("a picture that is replaced while the sign-up waits for it is waited for in its place", async () => {
  const { page } = visitor();
  let tries = 0;
  await page.route(uploads, (route) => (++tries === 1 ? neverAnswer() : route.continue()));
  const sent = await recordSignUps();
  await page.getByLabel("Picture").setInputFiles(photograph);
  await visitor().hears("Sending your picture.");
  await visitor().signUp({ name: "Zoë", email: "undecided@example.com" });
  await page.getByRole("button", { name: "Signing up …" }).waitFor();
  await page.locator("#avatar").setInputFiles({ ...photograph, name: "also-me.jpg" });
  await visitor().sees("Your picture", "done");
  expect(sent).toEqual([["name", "email", "plan", "locale", "avatar"]]);
  expect(tries).toBe(2);
});

test("what is no picture is refused at the field, and nobody is signed up with it", async () => {
  const { page } = visitor();
  await page.getByLabel("Picture").setInputFiles({ ...photograph, name: "me.txt", mimeType: "text/plain" });
  await page.getByText("Choose a JPEG, PNG, WebP, AVIF or GIF picture.").waitFor();
  await visitor().findsItAccessible("picture-refused");
  await visitor().signUp({ name: "Zoë", email: "refused-picture@example.com" });
  await page.getByText("Choose a JPEG, PNG, WebP, AVIF or GIF picture.").waitFor();
  await page.waitForFunction("document.activeElement.id === 'avatar'");
  expect(await page.getByRole("button", { name: "Sign up" }).isVisible()).toBe(true);
});

test("a picture that can't be read fails alone, and says why", async () => {
  const { page } = visitor();
  await page.getByLabel("Picture").setInputFiles({ ...photograph, buffer: Buffer.from("no picture") });
  await visitor().signUp({ name: "Zoë", email: "unreadable@example.com" });
  await visitor().sees("Your picture", /failed\s*Because: /);
  for (const job of ["Welcome email", "Your profile", "Your receipt"]) await visitor().sees(job, "done");
});

/** A request that hangs until somebody gives it up. */
function neverAnswer(): void {}

/** The names of the fields of each sign-up that the page sends from now on. */
async function recordSignUps(): Promise<readonly (readonly string[])[]> {
  const sent: string[][] = [];
  await visitor().page.route("**/sign-ups", (route) => {
    sent.push(Object.keys(JSON.parse(route.request().postData() ?? "")));
    return route.continue();
  });
  return sent;
}

/** Bytes a second that the page may send; -1 is as many as it can. */
async function throttleUploads(bytesPerSecond: number): Promise<void> {
  const { page } = visitor();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", {
    ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond },
  });
}

/** Drops the photograph, as from a folder. */
async function drop(place: string): Promise<void> {
  const { page } = visitor();
  const { name, mimeType, buffer } = photograph;
  const dataTransfer = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob("${buffer.toString("base64")}"), (byte) => byte.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "${name}", { type: "${mimeType}" }));
    return transfer;
  })()`);
  for (const event of ["dragover", "drop"]) await page.dispatchEvent(place, event, { dataTransfer });
}
