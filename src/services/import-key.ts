import { basename, dirname } from "node:path";

/** What a file of elsewhere is known by in a journal: it holds when the folder is moved, or is copied here once more. */
export const fileKey = (path: string): string => `${basename(dirname(path))}/${basename(path)}`;
