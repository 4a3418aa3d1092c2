import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PNG } from "pngjs";
import { temporaryFolder } from "../../test/fixtures/runs.ts";
import { Pictures } from "./pictures.ts";

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "wandb", "run-1", "run-x.wandb");
});
afterEach(() => folder.remove());

/** A picture of one colour in the run's `files/`. */
function png(path: string, width: number, height: number, rgba: readonly [number, number, number, number]): Buffer {
  const image = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) image.data.set(rgba, i * 4);
  return put(path, PNG.sync.write(image));
}

function put(path: string, content: Buffer): Buffer {
  const whole = join(dirname(file), "files", path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return content;
}

const look = (path: string, beside = "run-1/run-x.wandb") => new Pictures(() => [file]).read({ beside, path });
const why = (path: string, beside?: string): string => {
  const read = look(path, beside);
  return read.ok ? "it was drawn" : read.why;
};

test("a PNG becomes brightness, no larger than a screen can show", () => {
  png("media/images/a.png", 1024, 256, [255, 0, 0, 255]);
  const read = look("media/images/a.png");
  expect(read).toMatchObject({ ok: true, width: 1024, height: 256, grey: { width: 512, height: 128 } });
  expect(read.ok && read.grey.light[0]).toBe(Math.round(255 * 0.299));
});

test("what one can look through is white", () => {
  png("clear.png", 2, 2, [0, 0, 0, 0]);
  const read = look("clear.png");
  expect(read.ok && [...read.grey.light]).toEqual([255, 255, 255, 255]);
});

test("a file that is missing, torn, huge or no PNG says so", () => {
  expect(why("none.png")).toContain("not there");
  const whole = png("torn.png", 64, 64, [1, 2, 3, 255]);
  for (const end of [whole.length - 20, 40, 20, 9]) {
    put("torn.png", whole.subarray(0, end));
    expect(why("torn.png")).toMatch(/torn or damaged|ends in its head/);
  }
  put("text.png", Buffer.from("GIF89a is something else"));
  expect(why("text.png")).toContain("no PNG");
  const wide = Buffer.from(whole);
  wide.writeUInt32BE(1_000_000, 16);
  put("wide.png", wide);
  expect(why("wide.png")).toContain("1,000,000×64 pixels");
  put("long.png", whole);
  truncateSync(join(dirname(file), "files", "long.png"), 40 * 2 ** 20);
  expect(why("long.png")).toContain("40.0 MiB");
  mkdirSync(join(dirname(file), "files", "folder.png"));
  expect(why("folder.png")).toContain("no file");
});

test("nothing outside of the run's own folder is read, by whatever way", () => {
  const inside = png("a.png", 2, 2, [9, 9, 9, 255]);
  writeFileSync(join(dirname(file), "secret.png"), inside);
  symlinkSync(join(dirname(file), "secret.png"), join(dirname(file), "files", "link.png"));
  expect(why("../secret.png")).toContain("outside");
  expect(why("link.png")).toContain("outside");
  expect(why(join(dirname(file), "secret.png"))).toContain("not there");
  expect(why("a.png\0.png")).toContain("its name");
  expect(why("a.png", "run-2/run-y.wandb")).toContain("none of this run's");
  expect(why("a.png")).toBe("it was drawn");
});

test("a picture that comes later, or is written anew, is seen", () => {
  const pictures = new Pictures(() => [file]);
  const of = { beside: "run-1/run-x.wandb", path: "a.png" };
  expect(pictures.read(of).ok).toBe(false);
  png("a.png", 2, 2, [0, 0, 0, 255]);
  expect(pictures.read(of)).toMatchObject({ ok: true, width: 2 });
  png("a.png", 30, 3, [0, 0, 0, 255]);
  expect(pictures.read(of)).toMatchObject({ ok: true, width: 30 });
});
