/** What each kind of panel needs, from its own description. */
import { findPanel } from "../panels/registry.ts";
import type { Measure } from "./arrange.ts";

const UNKNOWN = { width: 20, height: 4 };

export const measurePanel: Measure = (panel) => {
  const kind = findPanel(panel);
  return kind === undefined ? UNKNOWN : { ...kind.least, ...(kind.rows === undefined ? {} : { rows: kind.rows }) };
};
