import { expect, test } from "@jest/globals";
import { layOutText } from "../../functions/render-receipt/text-layout.ts";

const space = { width: 300, size: 10, maxLines: 5 };
const texts = (text: string, bounds = space) =>
  layOutText(text, "regular", bounds).map((runs) => runs.map((run) => run.text).join(""));

test("A text that fits is one run of the main face.", () => {
  expect(layOutText("Zoë Ångström", "regular", space)).toEqual([[{ text: "Zoë Ångström", face: "regular" }]]);
});

test("Lines break at spaces, and drop the space they break at.", () => {
  expect(texts("aaaaaaaa bbbbbbbb cccccccc", { ...space, width: 60 })).toEqual([
    "aaaaaaaa",
    "bbbbbbbb",
    "cccccccc",
  ]);
});

test("A word wider than the line breaks between letters, never between a letter and its mark.", () => {
  const lines = texts("q\u0303".repeat(30), { ...space, width: 60 });
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join("")).toBe("q\u0303".repeat(30));
  for (const line of lines) expect(line).toMatch(/^(q\u0303)+$/);
});

test("What is over the last line is cut, visibly.", () => {
  const lines = texts("word ".repeat(100), { ...space, width: 60, maxLines: 3 });
  expect(lines).toHaveLength(3);
  expect(lines.at(-1)).toMatch(/…$/);
});

test("What the main face lacks is drawn by the fallback of the same weight.", () => {
  expect(layOutText("Ani Անի", "strong", space)).toEqual([
    [
      { text: "Ani ", face: "strong" },
      { text: "Անի", face: "strong-fallback" },
    ],
  ]);
});

test("What no face has is one sign for each character a reader sees, and says what it stands for.", () => {
  expect(layOutText("山田 👩‍👩‍👧", "regular", space)).toEqual([
    [
      { text: "□□", face: "regular", instead: "山田" },
      { text: " ", face: "regular" },
      { text: "□", face: "regular", instead: "👩‍👩‍👧" },
    ],
  ]);
});

test("A letter under a heap of marks is substituted, because it would be drawn over its neighbours.", () => {
  const heap = `a${"\u0301".repeat(60)}`;
  expect(layOutText(heap, "regular", space)).toEqual([[{ text: "□", face: "regular", instead: heap }]]);
});

test("Words written from right to left stand from right to left, Latin and digits between them not.", () => {
  expect(texts("محمد علي")).toEqual(["علي محمد"]);
  expect(texts("محمد John Smith علي")).toEqual(["علي John Smith محمد"]);
  expect(texts("John محمد علي Smith")).toEqual(["John علي محمد Smith"]);
});
