import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pageFile } from "../../functions/api/page.ts";
import { buildPage } from "./build-page.ts";

/** `node infra/page/write-page.ts DIRECTORY`: puts the page beside a bundle. */
const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("the directory of a bundle: a path, got none");
await writeFile(join(directory, pageFile), JSON.stringify(await buildPage()));
