/** The pictures of the documents show the program as it is. */
import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openRecorded } from "../shots/recorded.ts";
import { SHOTS } from "../shots/shots.ts";
import { take } from "../shots/take.ts";
import { ROOT } from "./drivers/pty.ts";

const FOLDER = join(ROOT, "docs", "shots");
const recorded = openRecorded();
afterAll(() => recorded.remove());

const kept = (name: string): string => {
  try {
    return readFileSync(join(FOLDER, `${name}.svg`), "utf8");
  } catch {
    return "";
  }
};

/** The first lines that differ say more than a whole picture. */
function difference(file: string, now: string): string | null {
  if (file === now) return null;
  const [before, after] = [file.split("\n"), now.split("\n")];
  const at = after.findIndex((line, i) => line !== before[i]);
  return `is stale, run \`npm run shots\`. Line ${at + 1} was ${(before[at] ?? "").slice(0, 200)} and is ${(after[at] ?? "").slice(0, 200)}`;
}

for (const shot of SHOTS) {
  test(`docs/shots/${shot.name}.svg shows the program as it is (npm run shots)`, async () => {
    expect(difference(kept(shot.name), await take(shot, recorded))).toBeNull();
  });
}

test("docs/shots has no picture that nothing makes", () => {
  const names = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".svg") ? [file.replace(".svg", "")] : []));
  expect(names.filter((name) => !SHOTS.some((shot) => shot.name === name))).toEqual([]);
});
