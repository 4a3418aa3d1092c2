import { expect, test } from "bun:test";
import { usualKey } from "../core/keys.ts";
import { transcriptPanel } from "./chat.ts";

test("of two models that are compared the second has no more of its name than tells them apart", () => {
  const titleOf = (model: string, against: string | null): string =>
    transcriptPanel(
      [],
      { width: 80, height: 5 },
      { model, against, pocket: false, sampling: "", busy: null, scroll: 0, mode: "chat", keyOf: usualKey },
    ).title;
  expect(titleOf("sft d4 @ 400", null)).toBe("chat · sft d4 @ 400");
  expect(titleOf("sft d4 @ 400", "sft d4 @ 200")).toBe("chat · sft d4 @ 400 vs @ 200");
  expect(titleOf("sft d4 @ 400", "sft d40 @ 400")).toBe("chat · sft d4 @ 400 vs sft d40 @ 400");
  expect(titleOf("sft second try @ 209", "sft second @ 209")).toBe("chat · sft second try @ 209 vs sft second @ 209");
  expect(titleOf("sft d4 @ 400", "base d4 @ 400")).toBe("chat · sft d4 @ 400 vs base d4 @ 400");
});

test("of two models that are compared the steps and the times of their runs are seen in whole", () => {
  const [model, same, other] = [
    "sft 20261129-074349-pocket @ 600",
    "base 20261129-074349-pocket @ 650",
    "base 20261129-075012-pocket @ 650",
  ];
  const titleIn = (width: number, against: string): string =>
    transcriptPanel(
      [],
      { width, height: 5 },
      { model, against, pocket: false, sampling: "", busy: null, scroll: 0, mode: "chat", keyOf: usualKey },
    ).title;
  expect(titleIn(78, other)).toBe("chat · sft …074349-pocket @ 600 vs base …075012-pocket @ 650");
  expect(titleIn(60, same)).toBe("chat · sft 20261129-074349-pocket @ 600 vs base @ 650");
  expect(titleIn(50, same)).toBe("chat · sft …074349-pocket @ 600 vs base @ 650");
});
