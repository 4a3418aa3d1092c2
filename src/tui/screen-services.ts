/** Screens as files: what the Train tab is given of them, and has done to them. */
import type { Result } from "../core/result.ts";
import type { ScreenSpec } from "../core/screen.ts";

/** A screen as a list of them shows it. */
export interface ScreenFile {
  screen: ScreenSpec;
  file: string;
  ours: boolean;
  overOurs: boolean;
}

/** A file that cannot be used: `line 7: There is no panel los. Did you mean loss?` */
export interface BrokenFile {
  name: string;
  file: string;
  why: string;
}

export interface ScreenServices {
  /** All screens, and the files that cannot be used. */
  screens(): { screens: ScreenFile[]; broken: BrokenFile[] };
  /** Changes when a file of a screen was written, made or deleted. */
  screensStamp(): string;
  /**
   * Refused when there is one of that name, unless it may be written over. `kept`: as its file was when it was read; of one that says
   * something else by now a copy is left beside it.
   */
  saveScreen(screen: ScreenSpec, overwrite: boolean, kept: ScreenSpec | null): Promise<Result<{ file: string; copy: string | null }>>;
  /** Writes what cannot be read as a screen into a file of its own among them, and tells which. */
  putScreenAside(name: string, value: unknown): Promise<Result<string>>;
  deleteScreen(screen: ScreenFile): Result<void>;
}
