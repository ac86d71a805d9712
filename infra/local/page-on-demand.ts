import type { Page } from "../../functions/api/page.ts";

/** The page, built from its sources when it is first asked for: esbuild's start costs a run nothing that shows no page. */
export async function buildPageOnDemand(): Promise<Page> {
  const { buildPage } = await import("../page/build-page.ts");
  return buildPage();
}
