import { readdirSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { createHandler, sendInvoice } from "../../examples/send-invoice.ts";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { fencesOf, guides, readPage } from "../support/markdown.ts";
import { createMemoryService } from "../support/memory-service.ts";

const pages = ["README.md", ...guides];
const examples = readdirSync("examples").map((name) => readPage(`examples/${name}`));
const snippets = pages.flatMap((page) =>
  fencesOf(readPage(page))
    .filter(({ info }) => info === "ts")
    .map(({ text }) => [page, text] as const),
);

test.each(snippets)("a snippet of %s is part of an example, which is compiled and run", (_, code) => {
  expect(examples.filter((example) => example.includes(code))).toHaveLength(1);
});

test("the README's typed job is an example as a whole, and pages have snippets", () => {
  expect(snippets.filter(([page]) => page === "README.md").map(([, code]) => code)).toEqual([
    readPage("examples/send-invoice.ts"),
  ]);
  expect(snippets.length).toBeGreaterThan(1);
});

test("the README's job, pushed, sends its mail once with the job's id and succeeds", async () => {
  const catalog = defineCatalog({ flows: [], jobs: [sendInvoice] });
  const service = createMemoryService([sendInvoice.name]);
  const sent: string[][] = [];
  const handler = createHandler(async (...mail) => {
    sent.push(mail);
    return "sent";
  });

  const { flow } = await service.producer(catalog).push(sendInvoice, { order: "7", to: "zoe@example.com" });
  await service.dispatch(catalog);
  await service.work(sendInvoice, handler);

  expect(sent).toEqual([["zoe@example.com", "Your order 7", `${flow.id}.send-invoice`]]);
  expect((await service.job(flow.id, "send-invoice"))?.status).toBe("succeeded");
});
