/** `npm run shots`: takes all pictures into docs/shots/, as SVG and as PNG. Names given take only those: `npm run shots overview`. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_DIR } from "../src/lib/self.ts";
import { toPng } from "./png.ts";
import { openRecorded } from "./recorded.ts";
import { SHOTS } from "./shots.ts";
import { take } from "./take.ts";

const FOLDER = join(PACKAGE_DIR, "docs", "shots");
/** PNGs that nobody keeps: for looking at. */
const LOOK = join(FOLDER, "png");

const wanted = process.argv.slice(2);
const chosen = SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
mkdirSync(LOOK, { recursive: true });
if (wanted.length === 0) for (const file of readdirSync(FOLDER)) if (/\.(svg|png)$/.test(file)) rmSync(join(FOLDER, file));

const recorded = openRecorded();
try {
  for (const shot of chosen) {
    const svg = await take(shot, recorded);
    await Bun.write(join(FOLDER, `${shot.name}.svg`), svg);
    const png = toPng(svg);
    await Bun.write(join(shot.png ? FOLDER : LOOK, `${shot.name}.png`), png);
    console.log(`${shot.name}: ${(svg.length / 1024).toFixed(0)} KiB SVG, ${(png.length / 1024).toFixed(0)} KiB PNG`);
  }
} finally {
  recorded.remove();
}
process.exit(0);
