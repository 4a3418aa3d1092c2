import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PNG } from "pngjs";
import { temporaryFolder } from "../../test/fixtures/runs.ts";
import type { PictureRead } from "../panels/data.ts";
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

async function look(path: string, beside = "run-1/run-x.wandb"): Promise<PictureRead> {
  const pictures = new Pictures(() => [file]);
  pictures.read({ beside, path });
  await pictures.settle();
  return pictures.read({ beside, path });
}
async function why(path: string, beside?: string): Promise<string> {
  const read = await look(path, beside);
  return read.ok ? "it was drawn" : read.why;
}

test("a PNG becomes points, no more than a screen can show", async () => {
  png("media/images/a.png", 1024, 256, [255, 0, 7, 255]);
  const read = await look("media/images/a.png");
  expect(read).toMatchObject({ ok: true, width: 1024, height: 256, pixels: { width: 512, height: 128 } });
  expect(read.ok && [...read.pixels.rgb.subarray(0, 3)]).toEqual([255, 0, 7]);
});

test("JPEG and WebP are drawn as well", async () => {
  const whole = png("a.png", 64, 32, [20, 200, 40, 255]);
  put("a.jpg", await new Bun.Image(whole).jpeg({ quality: 95 }).buffer());
  put("a.webp", await new Bun.Image(whole).webp({ lossless: true }).buffer());
  for (const name of ["a.jpg", "a.webp"]) {
    const read = await look(name);
    expect(read).toMatchObject({ ok: true, width: 64, height: 32 });
    const [red, green, blue] = read.ok ? read.pixels.rgb.subarray(0, 3) : [];
    expect(Math.abs(red! - 20) + Math.abs(green! - 200) + Math.abs(blue! - 40)).toBeLessThan(12);
  }
});

test("what one can look through is white", async () => {
  png("clear.png", 2, 2, [0, 0, 0, 0]);
  const read = await look("clear.png");
  expect(read.ok && [...new Set(read.pixels.rgb)]).toEqual([255]);
});

test("nobody waits for a picture: it is being read until it is there, and that is told once", async () => {
  png("a.png", 300, 200, [1, 2, 3, 255]);
  const pictures = new Pictures(() => [file]);
  const of = { beside: "run-1/run-x.wandb", path: "a.png" };
  expect(pictures.read(of)).toMatchObject({ ok: false, pending: true });
  expect(pictures.read(of)).toMatchObject({ ok: false, pending: true });
  expect(pictures.takeNews()).toBe(false);
  expect(await pictures.settle()).toBe(true);
  expect(pictures.takeNews()).toBe(true);
  expect(pictures.takeNews()).toBe(false);
  expect(pictures.read(of).ok).toBe(true);
  expect(await pictures.settle()).toBe(false);
});

test("a file that is missing, torn, huge or no picture says so", async () => {
  expect(await why("none.png")).toContain("not there");
  const whole = png("torn.png", 64, 64, [1, 2, 3, 255]);
  for (const end of [whole.length - 20, 40, 20, 9]) {
    put("torn.png", whole.subarray(0, end));
    expect(await why("torn.png")).toContain("torn or damaged");
  }
  put("text.png", Buffer.from("%PDF-1.4 is something else"));
  expect(await why("text.png")).toContain("no PNG, JPEG");
  const wide = Buffer.from(whole);
  wide.writeUInt32BE(1_000_000, 16);
  put("wide.png", wide);
  expect(await why("wide.png")).toContain("1,000,000×64 pixels");
  put("long.png", whole);
  truncateSync(join(dirname(file), "files", "long.png"), 40 * 2 ** 20);
  expect(await why("long.png")).toContain("40.0 MiB");
  mkdirSync(join(dirname(file), "files", "folder.png"));
  expect(await why("folder.png")).toContain("no file");
});

test("nothing outside of the run's own folder is read, by whatever way", async () => {
  const inside = png("a.png", 2, 2, [9, 9, 9, 255]);
  writeFileSync(join(dirname(file), "secret.png"), inside);
  symlinkSync(join(dirname(file), "secret.png"), join(dirname(file), "files", "link.png"));
  expect(await why("../secret.png")).toContain("outside");
  expect(await why("link.png")).toContain("outside");
  expect(await why(join(dirname(file), "secret.png"))).toContain("not there");
  expect(await why("a.png\0.png")).toContain("its name");
  expect(await why("a.png", "run-2/run-y.wandb")).toContain("none of this run's");
  expect(await why("a.png")).toBe("it was drawn");
});

test("a picture that comes later, or is written anew, is seen", async () => {
  const pictures = new Pictures(() => [file]);
  const of = { beside: "run-1/run-x.wandb", path: "a.png" };
  expect(pictures.read(of).ok).toBe(false);
  for (const width of [2, 30]) {
    png("a.png", width, 3, [0, 0, 0, 255]);
    pictures.read(of);
    await pictures.settle();
    expect(pictures.read(of)).toMatchObject({ ok: true, width });
  }
});
