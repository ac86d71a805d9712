import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fencesOf, guides, readPage } from "../support/markdown.ts";

const pages = ["README.md", "CONTRIBUTING.md", ...guides];
/** As GitHub makes them of headings. */
const anchorsOf = (page: string) =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(
    ([, title = ""]) =>
      `#${title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-")}`,
  );

describe.each(pages)("%s", (path) => {
  const page = readPage(path);

  test("has commands that a shell can read", () => {
    const commands = fencesOf(page).filter(({ info }) => info.startsWith("sh"));
    for (const { text } of commands) {
      const { status, stderr } = spawnSync("bash", ["-n", "-c", text], { encoding: "utf8" });
      expect([status, stderr, text]).toEqual([0, "", text]);
    }
  });

  test("refers to what is there", () => {
    const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    for (const link of links.filter((candidate) => !candidate.includes("://"))) {
      const [, file = "", anchor] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
      const target = file === "" ? path : join(dirname(path), file);
      expect([link, existsSync(target)]).toEqual([link, true]);
      if (anchor !== undefined) expect(anchorsOf(readPage(target))).toContain(anchor);
    }
  });

  test("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(readPage("package.json"));
    for (const [, name] of page.matchAll(/npm run ([a-z:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });
});

describe("docs/deploy.md", () => {
  const page = readPage("docs/deploy.md");

  test("lists every option of the app", () => {
    const options = [...readPage("infra/context.ts").matchAll(/\bget\("(\w+)"\)/g)].map(([, name]) => name);
    expect(options.length).toBeGreaterThan(2);
    for (const name of options) expect(page).toContain(`| \`${name}=`);
  });

  test("adds up what a million sign-ups cost, with the calls that BENCHMARKING.md counts", () => {
    const rows = [...page.matchAll(/^\| (.+?) +\| +([\d.]+) \| +([\d.]+) \|$/gm)].map(
      ([, what = "", ...amounts]) => ({ what, amounts: amounts.map(Number) }),
    );
    const end = rows.findIndex(({ what }) => what === "sum");
    const sum = (column: number) =>
      rows.slice(0, end).reduce((total, { amounts }) => total + (amounts[column] ?? Number.NaN), 0);
    expect(rows[end]?.amounts).toEqual([sum(0), sum(1)].map((total) => Number(total.toFixed(2))));
    const [, full, , single] =
      /\$ per million jobs +([\d.]+) +([\d.]+) +([\d.]+)/.exec(readPage("BENCHMARKING.md")) ?? [];
    expect(rows[0]?.amounts).toEqual([full, single].map((amount) => Number((3 * Number(amount)).toFixed(2))));
  });
});

test("docs/only-on-aws.md has for each row by hand its commands, and a place for what came out", () => {
  const page = readPage("docs/only-on-aws.md");
  const [, byHand = ""] = page.split("\n## By hand\n");
  const linked = [...byHand.matchAll(/^\| \[.+?\]\((#.+?)\)/gm)].map(([, anchor]) => anchor);
  expect(linked.toSorted()).toEqual(anchorsOf(byHand).toSorted());
  const rows = [...page.matchAll(/^\| (?!what|-).*\| (.+?) +\|$/gm)];
  expect(rows.length).toBeGreaterThan(15);
  for (const [row, result] of rows) {
    expect([row, result]).toEqual([
      row,
      expect.stringMatching(/^(not yet run|\d{4}-\d\d-\d\d, [a-z]{2}-[a-z-]+-\d: .+)$/),
    ]);
  }
});
