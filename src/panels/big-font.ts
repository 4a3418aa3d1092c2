/** Letters and figures of full blocks, readable from across a room; a block has a twin in ASCII, so the whole font has one. */

/** Five rows of three dots, each row an octal digit: `7` is ███, `5` is █ █. */
const FONT: Readonly<Record<string, string>> = {
  "0": "75557",
  "1": "26227",
  "2": "71747",
  "3": "71717",
  "4": "55711",
  "5": "74717",
  "6": "74757",
  "7": "71122",
  "8": "75757",
  "9": "75717",
  A: "75755",
  B: "65656",
  C: "74447",
  D: "65556",
  E: "74647",
  F: "74644",
  G: "74557",
  H: "55755",
  I: "72227",
  J: "11157",
  K: "55655",
  L: "44447",
  M: "57755",
  N: "65555",
  O: "75557",
  P: "75744",
  Q: "75571",
  R: "75655",
  T: "72222",
  U: "55557",
  V: "55552",
  W: "55775",
  X: "55255",
  Y: "55222",
  Z: "71247",
  "%": "51245",
  "-": "00700",
  "–": "00700",
  "−": "00700",
  "+": "02720",
  "/": "11244",
  "~": "00360",
  $: "36726",
  "×": "00525",
  "°": "25200",
};

/** Wider than the rest, as hexadecimal digits: a three-dot S is a 5, and `5S` is what is left of a run. */
const WIDE: Readonly<Record<string, string>> = { S: "7861e" };

/** Narrower than the rest, so that figures keep together. */
const SLIM: Readonly<Record<string, string>> = { ".": "00001", ",": "00011", ":": "01010", "'": "11000", " ": "00000" };

const ROWS = 5;

const dotsOf = (character: string): { rows: string; width: number } => {
  const upper = character.toUpperCase();
  const slim = Object.hasOwn(SLIM, upper) ? SLIM[upper] : undefined;
  if (slim !== undefined) return { rows: slim, width: 1 };
  if (Object.hasOwn(WIDE, upper)) return { rows: WIDE[upper] ?? UNKNOWN, width: 4 };
  return { rows: Object.hasOwn(FONT, upper) ? (FONT[upper] ?? UNKNOWN) : UNKNOWN, width: 3 };
};
/** What is not in the font is a box. */
const UNKNOWN = "75557";

/** How large a dot is, in cells: a cell is twice as high as it is wide. */
export interface DotSize {
  width: number;
  height: number;
}

/** Cells that a text takes. */
export function bigWidth(text: string, dot: DotSize): number {
  const letters = [...text];
  const dots = letters.reduce((sum, letter) => sum + dotsOf(letter).width, 0);
  return (dots + Math.max(0, letters.length - 1)) * dot.width;
}

export const bigHeight = (dot: DotSize): number => ROWS * dot.height;

/** The rows of a text, each as wide as `bigWidth` says. */
export function bigRows(text: string, dot: DotSize): string[] {
  const letters = [...text].map(dotsOf);
  const rows = Array.from({ length: ROWS }, (_, y) =>
    letters
      .map(({ rows: bits, width }) => {
        const row = Number.parseInt(bits[y] ?? "0", 16);
        return Array.from({ length: width }, (_, x) => (row & (1 << (width - 1 - x)) ? "█" : " ").repeat(dot.width)).join("");
      })
      .join(" ".repeat(dot.width)),
  );
  return rows.flatMap((row) => Array.from({ length: dot.height }, () => row));
}
