/** The disk that a run directory is on, asked by a viewer itself: when it is full nobody can write down that it is. */
import { stat, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../lib/files.ts";
import type { RunDisk } from "../panels/data.ts";

const ASK_EVERY_MS = 500;
/** Less than a page of the journal and a record take. */
const FULL_BYTES = 64 * 1024;

export class RunDirDisk {
  #askedAt: number | null = null;
  #disk: RunDisk | null = null;
  #isApart = false;

  /** `baseDir`: the disk that host figures are of; it may be a network's, so it is never waited for. */
  constructor(
    private readonly dir: string,
    baseDir: string,
  ) {
    this.#compare(baseDir);
  }

  /** Null where it cannot be told. */
  now(): RunDisk | null {
    const now = performance.now();
    if (this.#askedAt === null || now - this.#askedAt > ASK_EVERY_MS) {
      this.#askedAt = now;
      this.#disk = this.#ask();
    }
    return this.#disk === null ? null : { ...this.#disk, isApart: this.#isApart };
  }

  #ask(): RunDisk | null {
    try {
      const { bavail, bsize, files, ffree } = statfsSync(this.dir);
      const free = bavail * bsize;
      return { free, isFull: free < FULL_BYTES || (files > 0 && ffree === 0), isApart: false };
    } catch {
      return null; // it was deleted, or its disk is gone
    }
  }

  /** A base dir that is not there yet will be made where its nearest folder is. */
  #compare(baseDir: string): void {
    const ours = statSync(this.dir, { throwIfNoEntry: false })?.dev;
    stat(baseDir, (error, found) => {
      const parent = dirname(baseDir);
      if (error === null) this.#isApart = ours !== undefined && found.dev !== ours;
      else if (errorCode(error) === "ENOENT" && parent !== baseDir) this.#compare(parent);
    });
  }
}
