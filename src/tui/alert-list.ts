/** The alerts of the run: what is open first, with cause, evidence, and what can be done by a key. */
import { type AlertActionId, type AlertStatus, type Evidence, isOpen, isPressing } from "../core/alert.ts";
import type { Region } from "../lib/canvas.ts";
import { ago, clock, count } from "../lib/format.ts";
import { cut, textWidth, wrap } from "../lib/graphemes.ts";
import { againText, evidenceText, inOrderOfNeed, openText, overText, statusLook } from "../panels/alerts.ts";
import type { Key } from "./keys.ts";
import { type Overlay, overlayBox, overlayWidth, type Zones } from "./overlay.ts";

export interface AlertListHooks {
  alerts(): readonly AlertStatus[];
  now(): number;
  /** What the metric of the evidence has become since; empty where nothing new was told of it. */
  nowText(alert: AlertStatus, evidence: Evidence): string;
  /** Does what an alert offers. The list is closed by then. */
  act(action: AlertActionId, alert: AlertStatus): void;
  /** Whether there is somebody to ask: of a run that has ended only its moment can be looked at. */
  askable(): boolean;
  acknowledge(alert: AlertStatus): void;
  /** Why nobody can, or null. */
  whyNotAcknowledge(): string | null;
}

const KEYS: Readonly<Record<AlertActionId, readonly [key: string, title: string]>> = {
  "open-at": ["o", "open at that moment"],
  save: ["s", "save now"],
  patch: ["p", "patch…"],
  stop: ["S", "stop…"],
};
const NONE =
  "Nothing was said of this run so far. `nanochat-cli alerts` shows what is watched for, and where limits of your own are set (alerts.yaml).";
const ACKNOWLEDGE = ["x", "acknowledge"] as const;
const WIDTH = 100;
/** Where in a row of the list its watch stands, after its age; what it said comes behind the longest of them. */
const KEY_AT = 14;
/** Of the row, a key has at most so much. */
const KEY_SHARE = 0.4;
const MOST_ROWS = 28;
/** For cause, evidence, state and keys of the selected one, and the border. */
const DETAIL_ROWS = 12;
/** Of the rows, at most so many for the list; the rest tells of the selected one. */
const LIST_SHARE = 0.45;

export class AlertList implements Overlay {
  #selected = 0;
  /** What is selected stays so where the order changes around it. */
  #chosen: AlertStatus | undefined;
  /** The answer to the last key, where it did nothing. */
  #refused: string | null = null;

  constructor(
    private readonly hooks: AlertListHooks,
    private readonly close: () => void,
  ) {}

  key({ name }: Key): void {
    const alerts = this.#alerts();
    const alert = alerts[this.#selected];
    this.#refused = null;
    if (name === "esc" || name === "a" || name === "q") this.close();
    else if (name === "down" || name === "j") this.#select(this.#selected + 1);
    else if (name === "up" || name === "k") this.#select(this.#selected - 1);
    else if (name === "home" || name === "end") this.#select(name === "home" ? 0 : alerts.length - 1);
    else if (alert !== undefined && name === ACKNOWLEDGE[0]) this.#acknowledge(alert);
    else if (alert !== undefined) {
      const action = this.#offered(alert).find((one) => KEYS[one][0] === name || (one === "open-at" && name === "enter"));
      if (action !== undefined) this.#act(action, alert);
    }
  }

  draw(region: Region, zones: Zones): null {
    const alerts = this.#alerts();
    const title = `alerts · ${openText(alerts)}`;
    const none = wrap(NONE, Math.max(1, overlayWidth(region, WIDTH) - 4));
    const wanted = alerts.length === 0 ? none.length + 2 : alerts.length + DETAIL_ROWS;
    const note = alerts.length === 0 ? "esc closes" : (this.#refused ?? "↓↑ select · esc closes");
    const inside = overlayBox(region, { width: WIDTH, height: Math.min(region.height - 2, MOST_ROWS, wanted), title, note });
    zones.add(region, { press: () => this.close(), wheel: (rows) => this.#select(this.#selected + Math.sign(rows)) });
    zones.add(inside, {});
    if (alerts.length === 0) {
      none.forEach((row, y) => {
        inside.put(0, y, row, { tone: "muted" });
      });
      return null;
    }
    const again = alerts.findIndex(({ key, at }) => key === this.#chosen?.key && at === this.#chosen.at);
    this.#select(again < 0 ? this.#selected : again);
    const rows = Math.max(1, Math.min(alerts.length, Math.floor(inside.height * LIST_SHARE)));
    const first = Math.max(0, Math.min(this.#selected - rows + 1, alerts.length - rows));
    this.#drawList(alerts, first, inside.sub(0, 0, inside.width, rows), zones);
    inside.put(0, rows, restText(first, alerts.length - first - rows), { tone: "muted" });
    const alert = alerts[this.#selected];
    if (alert !== undefined) this.#drawDetail(alert, inside.sub(0, rows + 1, inside.width, inside.height - rows - 1), zones);
    return null;
  }

  #alerts(): AlertStatus[] {
    return inOrderOfNeed(this.hooks.alerts());
  }

  #offered({ actions }: AlertStatus): AlertActionId[] {
    return this.hooks.askable() ? actions : actions.filter((action) => action === "open-at");
  }

  #select(index: number): void {
    const alerts = this.#alerts();
    this.#selected = Math.max(0, Math.min(index, alerts.length - 1));
    this.#chosen = alerts[this.#selected];
  }

  #act(action: AlertActionId, alert: AlertStatus): void {
    this.close();
    this.hooks.act(action, alert);
  }

  #acknowledge(alert: AlertStatus): void {
    const why = isPressing(alert) ? this.hooks.whyNotAcknowledge() : isOpen(alert) ? "it is acknowledged already" : "it is over";
    if (why === null) this.hooks.acknowledge(alert);
    else this.#refused = `Acknowledge: ${why}`;
  }

  #drawList(alerts: readonly AlertStatus[], first: number, part: Region, zones: Zones): void {
    const longest = Math.max(0, ...alerts.map(({ key }) => textWidth(key)));
    const causeAt = KEY_AT + Math.min(longest, Math.floor(part.width * KEY_SHARE)) + 2;
    alerts.slice(first, first + part.height).forEach((alert, y) => {
      const row = part.sub(0, y, part.width, 1);
      if (first + y === this.#selected) row.fill("surface");
      const [glyph, tone] = statusLook(alert);
      row.put(0, 0, glyph, { tone });
      row.put(2, 0, ago(alert.at, this.hooks.now()), { tone: "muted" });
      row.put(KEY_AT, 0, cut(alert.key, causeAt - KEY_AT - 2), { bold: isPressing(alert) });
      row.put(causeAt, 0, cut(`${againText(alert)}${alert.cause}`, row.width - causeAt), { tone: isPressing(alert) ? "text" : "muted" });
      zones.add(row, { press: () => this.#select(first + y) });
    });
  }

  #drawDetail(alert: AlertStatus, part: Region, zones: Zones): void {
    const lines = [
      ...wrap(`${againText(alert)}${alert.cause}`, Math.max(1, part.width)).map((text) => ({ text, tone: "text" as const })),
      ...alert.evidence.flatMap((one) =>
        wrap(`${evidenceText(one)}${this.hooks.nowText(alert, one)}`, Math.max(1, part.width - 2)).map((text) => ({
          text: `  ${text}`,
          tone: "muted" as const,
        })),
      ),
      { text: stateText(alert), tone: "muted" as const },
    ];
    lines.slice(0, Math.max(0, part.height - 2)).forEach(({ text, tone }, y) => {
      part.put(0, y, text, { tone });
    });
    let x = 0;
    const keys = part.sub(0, part.height - 1, part.width, 1);
    const offered = this.#offered(alert).map((action) => ({ key: KEYS[action], run: () => this.#act(action, alert) }));
    const known =
      isPressing(alert) && this.hooks.whyNotAcknowledge() === null ? [{ key: ACKNOWLEDGE, run: () => this.#acknowledge(alert) }] : [];
    for (const { key, run } of [...known, ...offered]) {
      const button = keys.sub(x, 0, key[0].length + key[1].length + 1, 1);
      button.line(0, 0, [
        { text: `${key[0]} `, tone: "accent", bold: true },
        { text: key[1], tone: "muted" },
      ]);
      zones.add(button, { press: run });
      x += key[0].length + key[1].length + 3;
    }
  }
}

/** What of the list is not seen. */
const restText = (above: number, below: number): string =>
  [above > 0 ? `${count(above)} more above` : "", below > 0 ? `${count(below)} more below` : ""].filter(Boolean).join(" · ");

function stateText(alert: AlertStatus): string {
  const begun = `${clock(alert.at, true)}${alert.step === null ? "" : ` · step ${count(alert.step)}`}`;
  if (!isOpen(alert)) return `${begun} · ${overText(alert)}`;
  return alert.acknowledgedAt === null ? `${begun} · open` : `${begun} · open, acknowledged at ${clock(alert.acknowledgedAt, true)}`;
}
