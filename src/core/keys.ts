/** Keys that sentences name. They are asked for, never written into a text: a keymap may have others. */

/** Actions that panels and reasons speak of, with the keys that they have unless a keymap says otherwise. */
export const USUAL_KEYS = {
  back: "esc",
  "focus.next": "tab",
  "focus.previous": "shift+tab",
  "tab.setup": "1",
  "tab.config": "2",
  "tab.train": "4",
  "tab.eval": "5",
  "tab.runs": "6",
  "setup.all": "a",
  "setup.fix": "f",
  "config.open": "o",
  "config.train": "r",
  "config.fix": "F",
  "config.save": "ctrl+s",
  "checkpoints.resume": "r",
  "run.alerts": "a",
  "run.save": "s",
  "run.stop": "S",
  "run.attach": "enter",
  "run.adopt": "A",
  "run.patch": "p",
  "run.sample": "g",
  "run.chat": "C",
  "run.adopt-attached": "A",
  "runs.all": "H",
  "runs.archive": "a",
  "runs.mark": "space",
  "chart.cursor": "c",
  "chart.axis": "x",
  "chart.baseline": "b",
  "chart.zoom-out": "-",
  "chart.zoom-reset": "0",
  "log.follow": "f",
  "stage.previous": "{",
  "stage.next": "}",
  "screen.next": "]",
  "screen.previous": "[",
  "screen.edit": "e",
  "screen.save": "ctrl+s",
  "edit.add": "a",
  "edit.fix-flow": "F",
  "eval.keep": "ctrl+g",
  "edit.save": "ctrl+s",
  "edit.reset": "R",
  "edit.done": "esc",
  "replay.pause": "space",
  "replay.slower": "<",
  "replay.faster": ">",
  "eval.load": "enter",
  "eval.preset-save": "ctrl+s",
  notices: "n",
  palette: ":",
} as const;

export type NamedAction = keyof typeof USUAL_KEYS;

/** The key to press for an action, as it is shown. */
export type KeyOf = (action: NamedAction) => string;

export const usualKey: KeyOf = (action) => USUAL_KEYS[action];
