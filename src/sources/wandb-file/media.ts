/**
 * What a script logs besides numbers: here, which pictures. The file holds only where each lies under the run's `files/`.
 * Names of the fields: wandb/sdk/data_types/image.py@b6e2950, and files that wandb 0.31.0 wrote.
 */
import { isRecord } from "../../lib/shape.ts";
import type { Item } from "./items.ts";
import type { Fields } from "./protobuf.ts";

/** A picture that was logged. What is not told is null. */
export interface LoggedPicture {
  key: string;
  /** Which of several that were logged together, from 0. */
  index: number;
  /** In the folder `files/` beside the `.wandb` file, as the client wrote it: to be checked before it is opened. */
  path: string;
  width: number | null;
  height: number | null;
  caption: string | null;
}

/** Of several that are logged with one call no more are kept. */
const MOST_TOGETHER = 64;
const LONGEST = 1000;

/** All that has a `_type` in a history record, with its fields; newer clients write each field as an item of its own. */
export function mediaIn(message: Fields, item: Item): ReadonlyMap<string, Record<string, unknown>> {
  const parts = new Map<string, Record<string, unknown>>();
  while (message.next()) {
    if (message.number !== 1 || !item.read(message)) continue;
    const { path } = item.key;
    const value = item.value();
    if (isRecord(value)) parts.set(path.join("/"), value);
    else if (path.length > 1) {
      const name = path.slice(0, -1).join("/");
      parts.set(name, { ...parts.get(name), [path.at(-1) ?? ""]: value });
    }
  }
  return new Map([...parts].filter(([, fields]) => typeof fields["_type"] === "string"));
}

/** The pictures of one key; none when it is a table, a histogram, a sound. */
export function picturesOf(key: string, fields: Readonly<Record<string, unknown>>): LoggedPicture[] {
  const size = { width: numberOrNull(fields["width"]), height: numberOrNull(fields["height"]) };
  const one = (path: unknown, caption: unknown, index: number): LoggedPicture[] =>
    typeof path === "string" && path.length <= LONGEST ? [{ key, index, path, ...size, caption: textOrNull(caption) }] : [];
  if (fields["_type"] === "image-file") return one(fields["path"], fields["caption"], 0);
  if (fields["_type"] !== "images/separated") return [];
  const captions = listOf(fields["captions"]);
  return listOf(fields["filenames"])
    .slice(0, MOST_TOGETHER)
    .flatMap((path, i) => one(path, captions[i], i));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const numberOrNull = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const textOrNull = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value.slice(0, LONGEST) : null);
