/** A question before something that cannot be taken back. Enter and esc always choose the safe answer. */
import type { Region } from "../lib/canvas.ts";
import { cut, textWidth, wrap } from "../lib/graphemes.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, overlayWidth, type Zones } from "./overlay.ts";

export interface Choice {
  /** The key that chooses it; never enter: a key pressed once too often must not end a training. */
  key: string;
  /** A verb: `Stop and save`. */
  title: string;
  run: () => void;
}

export interface Question {
  /** The verb that was asked for: `Stop`. */
  title: string;
  /** What follows, in one sentence; asked for at each drawing where it goes on while the question stands. */
  consequence: string | (() => string);
  /** What enter and esc do: `Keep training`. */
  safe: string;
  /** Told when the safe answer was given. */
  declined?: () => void;
  choices: readonly Choice[];
}

const WIDTH = 64;

/** The first rows, the last of them with … when there were more. */
const shortened = (rows: readonly string[], room: number, width: number): readonly string[] =>
  rows.length <= room ? rows : [...rows.slice(0, room - 1), `${cut(rows[room - 1] ?? "", Math.max(0, width - 1)).trimEnd()}…`];

export class Dialog implements Overlay {
  constructor(
    private readonly question: Question,
    private readonly close: () => void,
  ) {}

  key({ name }: Key): void {
    const choice = this.question.choices.find(({ key }) => key === name);
    if (choice !== undefined) this.#choose(choice);
    else if (name === "enter" || name === "esc") this.#decline();
  }

  #decline(): void {
    this.close();
    this.question.declined?.();
  }

  #choose({ run }: Choice): void {
    this.close();
    run();
  }

  draw(region: Region, zones: Zones): null {
    const { title, consequence, safe, choices } = this.question;
    const follows = typeof consequence === "string" ? consequence : consequence();
    const said = wrap(follows, Math.max(1, overlayWidth(region, WIDTH) - 4));
    const inside = overlayBox(region, { width: WIDTH, height: said.length + choices.length + 4, title });
    // What can be answered is not pushed out by what is asked.
    const rows = shortened(said, Math.max(1, inside.height - choices.length - 2), inside.width);
    zones.add(region, { press: () => undefined });
    rows.forEach((row, y) => {
      inside.put(0, y, row);
    });
    const buttons = [
      { key: "enter", title: safe, safe: true, run: () => this.#decline() },
      ...choices.map((choice) => ({ ...choice, safe: false, run: () => this.#choose(choice) })),
    ];
    buttons.forEach(({ key, title: verb, safe: isSafe, run }, index) => {
      const row = inside.sub(0, rows.length + 1 + index, inside.width, 1);
      if (isSafe) row.sub(0, 0, textWidth(verb) + 9, 1).fill("surface");
      row.put(1, 0, key.padEnd(6), { tone: "accent", bold: true });
      row.put(8, 0, verb, { bold: isSafe, tone: isSafe ? "text" : "bad" });
      zones.add(row, { press: run });
    });
    return null;
  }
}
