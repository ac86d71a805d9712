import { afterAll, afterEach, beforeEach } from "@jest/globals";
import { serveTests } from "../support/serve-tests.ts";
import { launchChromium } from "./chromium.ts";
import { type Visitor, visit } from "./visitor.ts";

/** The page for all tests of a file, of a service that is started with these options. Each test has a visitor of its own. */
export async function servePage(...args: readonly string[]) {
  const browser = await launchChromium();
  const { port } = await serveTests(...args);
  const host = `127.0.0.1:${port}`;
  let present: Visitor | undefined;
  beforeEach(async () => {
    present = await visit(browser, `http://${host}/`);
  });
  afterEach(() => present?.leave());
  afterAll(() => browser.close());
  return {
    host,
    /** Who looks at the page in the test that runs. */
    visitor(): Visitor {
      if (!present) throw new Error("a visitor: in a test, got none before it");
      return present;
    },
  };
}
