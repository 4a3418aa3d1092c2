/** Options that several charts have, so that they are called and explained the same in each. */

export const SCALE = {
  type: "choice",
  choices: ["shared", "linear", "log"],
  default: "shared",
  title: "Scale",
  help: "Of the y axis: as chosen for all charts, or this chart's own",
} as const;

export const SMOOTHING = {
  type: "number",
  default: null,
  min: 0,
  max: 0.9999,
  title: "Smoothing",
  help: "How much of the average each step leaves (0.9); absent: as chosen for all charts",
} as const;

export const STEP = {
  type: "choice",
  choices: ["cursor", "newest"],
  default: "cursor",
  title: "Step",
  help: "Of the step where the charts' cursor stands, or always the newest",
} as const;

/** Of things that stand beside and below each other: how many of them. */
export const tiles = <Title extends string>(title: Title, what: string) =>
  ({ type: "number", default: null, min: 1, max: 9, title, help: `${what}; absent: as many as have room` }) as const;
