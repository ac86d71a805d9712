import type { Page } from "../../functions/api/page.ts";

/** A page of one asset, for an API that no browser looks at. */
export const samplePage: Page = {
  html: '<!doctype html><title>Sign up</title><script type="module" src="assets/main-0.js"></script>',
  assets: { "main-0.js": { type: "text/javascript; charset=utf-8", body: "export {};" } },
};
