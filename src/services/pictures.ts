/**
 * Pictures that a run of elsewhere has logged: found in that run's own folder and nowhere else, decoded, and made so small
 * that a panel can draw them. Nothing of it is copied: whoever moves the folder has no pictures until they import again.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { PNG } from "pngjs";
import { errorCode, ioReason } from "../lib/files.ts";
import { bytes, count } from "../lib/format.ts";
import { fitted, type Grey, scaled } from "../lib/grey.ts";
import type { PictureOf, PictureRead } from "../panels/data.ts";
import { fileKey } from "./import-read.ts";

const MOST_BYTES = 32 * 2 ** 20;
/** Of this many it takes a third of a second, in which nothing else happens. */
const MOST_PIXELS = 16e6;
/** No screen has more dots for a picture. */
const MOST_POINTS = 512;
const MOST_KEPT = 32;

const PNG_BEGINS = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** IHDR is the first chunk: width and height stand at these bytes, in files of any kind of PNG (W3C PNG, 11.2.2). */
const [WIDTH_AT, HEIGHT_AT, HEADER_BYTES] = [16, 20, 33];

export class Pictures {
  /** By file, size and time of change; the one that was wanted longest ago is forgotten first. */
  readonly #kept = new Map<string, PictureRead>();

  /** `files`: the `.wandb` files of the run. */
  constructor(private readonly files: () => readonly string[]) {}

  read({ beside, path }: PictureOf): PictureRead {
    const file = this.files().find((one) => fileKey(one) === beside);
    if (file === undefined) return cannot("the file that names it is none of this run's");
    const found = inside(join(dirname(file), "files"), path);
    if (typeof found !== "string") return found;
    try {
      const { size, mtimeMs } = statSync(found);
      const key = `${found} ${size} ${mtimeMs}`;
      const read = this.#kept.get(key) ?? decode(found, size);
      this.#kept.delete(key);
      this.#kept.set(key, read);
      if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
      return read;
    } catch (error) {
      return cannot(ioReason(error));
    }
  }
}

const cannot = (why: string): PictureRead => ({ ok: false, why });

/** The file's real place, when that is in the folder: what a file says of others may be made to point anywhere. */
function inside(folder: string, path: string): string | PictureRead {
  try {
    const [root, real] = [realpathSync(folder), realpathSync(join(folder, path))];
    if (!real.startsWith(root + sep)) return cannot("it lies outside of the run's folder");
    return statSync(real).isFile() ? real : cannot("it is no file");
  } catch (error) {
    const gone = errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
    return cannot(gone ? "its file is not there (any more)" : path.includes("\0") ? "its name cannot be one" : ioReason(error));
  }
}

function decode(file: string, size: number): PictureRead {
  if (size > MOST_BYTES) return cannot(`its file has ${bytes(size)}, more than the ${bytes(MOST_BYTES)} that are read`);
  const content = readFileSync(file);
  if (!content.subarray(0, PNG_BEGINS.length).equals(PNG_BEGINS)) return cannot("it is no PNG, and others are not drawn");
  if (content.length < HEADER_BYTES) return cannot("its file ends in its head");
  const [width, height] = [content.readUInt32BE(WIDTH_AT), content.readUInt32BE(HEIGHT_AT)];
  if (width * height > MOST_PIXELS) return cannot(`it has ${count(width)}×${count(height)} pixels, more than are drawn`);
  try {
    const { data } = PNG.sync.read(content);
    const grey = greyOf(data, width, height);
    const { across, down } = fitted(grey, Math.min(width, MOST_POINTS), Math.min(height, MOST_POINTS));
    return { ok: true, width, height, grey: scaled(grey, across, down) };
  } catch {
    return cannot("its file is torn or damaged");
  }
}

/** Brightness as eyes see it (ITU-R BT.601), over white where one can look through: plots are made for paper. */
function greyOf(rgba: Uint8Array, width: number, height: number): Grey {
  const light = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < light.length; i++, at += 4) {
    const luma = rgba[at]! * 0.299 + rgba[at + 1]! * 0.587 + rgba[at + 2]! * 0.114;
    const alpha = rgba[at + 3]! / 255;
    light[i] = Math.round(luma * alpha + 255 * (1 - alpha));
  }
  return { width, height, light };
}
