import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";

/** Somebody who looks at the page, in a browser that knows nothing of others. */
export interface Visitor {
  readonly page: Page;
  /** Fills the form in and sends it off. */
  signUp(person: { readonly name: string; readonly email: string; readonly plan?: "Pro" }): Promise<void>;
  /** Waits until a job's line says this. */
  sees(job: string, state: RegExp | string): Promise<void>;
  /** Waits until this is shown, and has been put where screen readers read it from. */
  hears(words: string): Promise<void>;
  /** axe finds nothing wrong with what is shown, in either theme. `ERRAND_SCREENSHOTS=DIR` writes pictures of it there. */
  findsItAccessible(state: string): Promise<void>;
  /** Ends the visit; nothing may have been written to the console, as every break of the page's policy is. */
  leave(): Promise<void>;
}

/** What a browser says by itself of an answer that isn't 2xx, or of a connection that is lost. What its policy refuses has other words. */
const ordinary = /^Failed to load resource: |^WebSocket connection to '[^']+' failed: /;

/** Opens the page as a visitor. */
export async function visit(browser: Browser, url: string): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce" });
  // As long as a test may take: a busy machine is no fault of the page.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (!ordinary.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return {
    page,
    async signUp({ name, email, plan }) {
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Email").fill(email);
      if (plan) await page.getByLabel(plan).check();
      await page.getByRole("button", { name: "Sign up" }).click();
    },
    async sees(job, state) {
      const line = page.getByRole("listitem").filter({ hasText: job });
      await line
        .filter({ hasText: state })
        .waitFor()
        .catch(async () => {
          throw new Error(`${job}: ${state}, got ${await page.locator("main").textContent()}`);
        });
    },
    async hears(words) {
      await page.locator("main").getByText(words).waitFor();
      await page.locator("#live").filter({ hasText: words }).waitFor({ state: "attached" });
    },
    async findsItAccessible(state) {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect([state, colorScheme, await violations(page)]).toEqual([state, colorScheme, []]);
        await takePictures(page, `${state}-${colorScheme}`);
      }
    },
    async leave() {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Put into the page by the debugger, whom its policy doesn't bind. */
async function violations(page: Page): Promise<readonly string[]> {
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(
    `${axe.source}; axe.run()`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

async function takePictures(page: Page, name: string): Promise<void> {
  const directory = process.env["ERRAND_SCREENSHOTS"];
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  for (const [width, height] of [
    [375, 812],
    [1440, 900],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(directory, `${name}-${width}.png`), fullPage: true });
  }
}
