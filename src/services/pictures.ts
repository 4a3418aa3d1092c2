/**
 * Pictures that a run of elsewhere has logged: found in that run's own folder and nowhere else, decoded, and made so small
 * that a panel can draw them. Nothing of it is copied: whoever moves the folder has no pictures until they import again.
 *
 * Decoding is done by the runtime in a thread of its own (Bun.Image): a large picture takes a second, in which keys and
 * charts must go on. Until it is there the answer is that it is being read.
 */
import { promises, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { PNG } from "pngjs";
import { errorCode, ioReason } from "../lib/files.ts";
import { bytes, count } from "../lib/format.ts";
import type { Pixels } from "../lib/pixels.ts";
import type { PictureOf, PictureRead } from "../panels/data.ts";
import { fileKey } from "./import-key.ts";

const MOST_BYTES = 32 * 2 ** 20;
/** While it is decoded each takes four bytes: 160 MB, beside a training that wants them more. */
const MOST_PIXELS = 40e6;
/** No screen has more dots for a picture. */
const MOST_POINTS = 512;
const MOST_KEPT = 32;

const PENDING: PictureRead = { ok: false, why: "it is being read", pending: true };

export class Pictures {
  /** By file, size and time of change; the one that was wanted longest ago is forgotten first. */
  readonly #kept = new Map<string, PictureRead>();
  /** One after the other: each takes memory. */
  #reading: Promise<void> = Promise.resolve();
  #pending = 0;
  #hasNews = false;

  /** `files`: the `.wandb` files of the run. */
  constructor(private readonly files: () => readonly string[]) {}

  /** The picture, or why there is none; one that was not asked for before is being read. */
  read({ beside, path }: PictureOf): PictureRead {
    const file = this.files().find((one) => fileKey(one) === beside);
    if (file === undefined) return cannot("the file that names it is none of this run's");
    const found = inside(join(dirname(file), "files"), path);
    if (typeof found !== "string") return found;
    try {
      const { size, mtimeMs } = statSync(found);
      const key = `${found} ${size} ${mtimeMs}`;
      const read = this.#kept.get(key);
      if (read === undefined) this.#begin(key, found, size);
      this.#keep(key, read ?? PENDING);
      return read ?? PENDING;
    } catch (error) {
      return cannot(ioReason(error));
    }
  }

  /** Settles when all that was asked for has been read; whether anything was still on its way. */
  async settle(): Promise<boolean> {
    const waited = this.#pending > 0;
    await this.#reading;
    return waited;
  }

  /** Whether a picture has come since the last call. */
  takeNews(): boolean {
    const news = this.#hasNews;
    this.#hasNews = false;
    return news;
  }

  #begin(key: string, file: string, size: number): void {
    this.#pending++;
    this.#reading = this.#reading.then(async () => {
      // One that nobody has asked for any more since may have been forgotten.
      if (this.#kept.has(key)) this.#kept.set(key, await decode(file, size));
      this.#pending--;
      this.#hasNews = true;
    });
  }

  #keep(key: string, read: PictureRead): void {
    this.#kept.delete(key);
    this.#kept.set(key, read);
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
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

/** Of what the runtime can decode; the first picture of those that move. */
const FORMATS: ReadonlySet<string> = new Set(["png", "jpeg", "webp", "gif", "bmp"]);

async function decode(file: string, size: number): Promise<PictureRead> {
  if (size > MOST_BYTES) return cannot(`its file has ${bytes(size)}, more than the ${bytes(MOST_BYTES)} that are read`);
  try {
    // Its bytes, not its path: what is decoded is what was looked at.
    const image = new Bun.Image(await promises.readFile(file));
    const { width, height, format } = await image.metadata();
    if (!FORMATS.has(format)) return cannot(`it is ${format.toUpperCase()}, which is not drawn`);
    if (width * height > MOST_PIXELS)
      return cannot(`it has ${count(width)}×${count(height)} pixels, more than the ${count(MOST_PIXELS)} that there is memory for`);
    const { PNG } = await import("pngjs");
    // There is no way to its pixels but a picture: a small one that is hardly packed.
    const small = image.resize(MOST_POINTS, MOST_POINTS, { fit: "inside", withoutEnlargement: true, filter: "box" });
    return { ok: true, width, height, pixels: pixelsOf(PNG.sync.read(await small.png({ compressionLevel: 0 }).buffer())) };
  } catch (error) {
    return cannot(WHY[errorCode(error) ?? ""] ?? ioReason(error));
  }
}

const WHY: Readonly<Record<string, string>> = {
  ERR_IMAGE_UNKNOWN_FORMAT: "it is no PNG, JPEG, WebP, GIF or BMP",
  ERR_IMAGE_FORMAT_UNSUPPORTED: "it is of a kind that this system does not decode",
  ERR_IMAGE_DECODE_FAILED: "its file is torn or damaged",
  ERR_IMAGE_TOO_MANY_PIXELS: "it has more pixels than are drawn",
};

/** Over white where one can look through: plots are made for paper. */
function pixelsOf({ data, width, height }: PNG): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const alpha = data[from + 3]! / 255;
    for (let i = 0; i < 3; i++) rgb[to + i] = Math.round(data[from + i]! * alpha + 255 * (1 - alpha));
  }
  return { width, height, rgb };
}
