/** A text of the user's own on a screen, and what was noted of the run. */
import type { OptionValues } from "../core/panel.ts";
import type { Line, Scene } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { wrapLine } from "./paint.ts";
import { scrolled, scrollTo } from "./scrolling.ts";

const OPTIONS = {
  text: { type: "text", default: "", title: "Text", help: "What it says; \\n begins a new line" },
  run: { type: "flag", default: true, title: "Of the run", help: "Also the note that the run itself has" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

/** Longer than anybody writes into a screen. */
const MOST_CHARACTERS = 50_000;

function rowsOf({ facts, options, size }: Input): Line[] {
  const own = plain(options.text.slice(0, MOST_CHARACTERS).replaceAll("\\n", "\n"));
  const noted = options.run ? plain((facts.about?.note ?? "").slice(0, MOST_CHARACTERS)) : "";
  const lines: Line[] = [
    ...(own === "" ? [] : own.split("\n").map((text): Line => [{ text }])),
    ...(own !== "" && noted !== "" ? [[]] : []),
    ...(noted === "" ? [] : noted.split("\n").map((text): Line => [{ text, tone: "info" }])),
  ];
  return lines.flatMap((line) => wrapLine(line, Math.max(1, size.width)));
}

function notePanel(input: Input): Scene {
  const { size, view, options } = input;
  const rows = rowsOf(input);
  if (rows.length === 0) {
    const why = options.run ? "No note, here or of the run" : "This panel has no text";
    return { title: "note", blocks: [{ block: { kind: "empty", why, remedy: "text is an option of this panel" } }] };
  }
  const part = scrolled(rows, view.scroll, size.height);
  return { title: "note", note: part.note, blocks: [{ block: { kind: "text", lines: part.rows } }] };
}

export const noteKind = definePanel({
  kind: "note",
  title: "note",
  about: "A text of your own, and what was noted of the run",
  options: OPTIONS,
  from: ["state"],
  everyMs: 1000,
  least: { width: 20, height: 4 },
  keys: ["list"],
  looks: ["scroll"],
  scene: notePanel,
  scroll: (input, by) => ({ scroll: scrollTo(rowsOf(input).length, input.view.scroll, by, input.size.height) }),
});
