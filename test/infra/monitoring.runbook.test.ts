import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { createTemplates, plainId, resourcesOf } from "../support/infra.ts";

const directory = new URL("../../docs/runbook/", import.meta.url);
const pageOf = (name: string) => readFileSync(new URL(name, directory), "utf8");
const pages = readdirSync(directory).filter((name) => name !== "README.md");

function alarmsWith(runbookUrl?: string) {
  const { monitoring } = createTemplates(runbookUrl === undefined ? {} : { alarms: { runbookUrl } });
  return Object.entries(resourcesOf(monitoring, "AWS::CloudWatch::Alarm")).map(([id, { Properties }]) => ({
    id: plainId(id),
    description: String(Properties["AlarmDescription"]),
  }));
}
const alarms = alarmsWith();

/** The page that an alarm's description ends with. */
const linked = (description: string) => /docs\/runbook\/([\w-]+\.md)$/.exec(description)?.[1] ?? "none";

describe("an alarm's description", () => {
  test.each(alarms)("of $id says what it means, and links a page that names it", ({ id, description }) => {
    expect(description).toMatch(/^.{20,}\. What to do: docs\/runbook\/[\w-]+\.md$/);
    expect(description.length).toBeLessThanOrEqual(1024);
    const [, list = ""] = /^Alarms?: (.*(?:\n.+)*)/m.exec(pageOf(linked(description))) ?? [];
    const names = [...list.matchAll(/`…?(\w+)`/g)].map(([, name = ""]) => name);
    expect(names.some((name) => id.endsWith(name))).toBe(true);
  });

  test("links where the team reads the pages", () => {
    const [first] = alarmsWith("https://wiki.example.com/errand");
    expect(first?.description).toMatch(/https:\/\/wiki\.example\.com\/errand\/[\w-]+\.md$/);
  });
});

describe("the runbook", () => {
  test("has a page for each kind of alarm and no others", () => {
    expect([...new Set(alarms.map(({ description }) => linked(description)))].sort()).toEqual(pages.sort());
  });

  test("has an index that links every page", () => {
    for (const page of pages) expect(pageOf("README.md")).toContain(`(${page})`);
  });

  test.each(pages)(
    "answers in %s what it means, who notices, how to look, what to do, when it is over",
    (page) => {
      const headings = [...pageOf(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect(headings).toEqual(["What it means", "What users notice", "Look", "Do", "Over when"]);
    },
  );
});
