/** What the watches of the loss share. */
import type { AlertActionId } from "../core/alert.ts";
import type { Point } from "./contract.ts";

/** The loss of a step as it was computed; where only a smoothed one is told, that. */
export const rawLoss = ({ values }: Point): number | undefined => values["train/loss_raw"] ?? values["train/loss"];

export const LOSS = "train/loss_raw";

/** What one may want to do when a training goes wrong. */
export const STEER: AlertActionId[] = ["open-at", "save", "patch", "stop"];
