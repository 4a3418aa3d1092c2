/** The alerts of a run: what its watches say goes to the journal with what they say it of, and from there to the user. */
import { basename, dirname } from "node:path";
import type { Mistake } from "../config/yaml-document.ts";
import { alertBodyOf, alertsOf, DELIVERY, type DeliveryNote, FILE_IS_WELL, IDLE_LIMIT } from "../core/alert.ts";
import type { JournalEvent, LogLine, Sink, StageIndex } from "../core/journal.ts";
import { CLOCK_METRIC } from "../core/metrics.ts";
import type { Failure } from "../core/result.ts";
import { JournalReader } from "../journal/reader.ts";
import { crashText } from "../lib/redact.ts";
import type { AlertDocuments } from "../services/alert-config.ts";
import { heardOf } from "../services/alert-replay.ts";
import { type AlertConfig, alertFolders, DEFAULT_CONFIG, hasAlerts, isQuiet, stampOfAlerts } from "../services/alert-settings.ts";
import { ENOUGH, groupOf, idleLimits, idleText, type Logged, type Outlook } from "../services/idle-limits.ts";
import type { WatchedStage } from "../watches/contract.ts";
import { WatchEngine } from "../watches/engine.ts";
import { Delivery } from "./delivery.ts";

/** How often it is looked whether alerts.yaml has changed. */
const LOOK_EVERY_MS = 2000;
/** Steps that the watches of a run that is taken over hear again. */
const RECALLED_STEPS = 8192;
/** What has happened longer ago than that is in the journal and no news: files of an old run may be read again. */
const NEWS_MS = 15 * 60_000;

export interface AlertRun {
  /** The run's directory, in the `runs` of its home. */
  dir: string;
  name: string;
  journal: string;
}

/** What is wrong before where the file lies: there may be no room for more than the beginning. */
function brokenFile({ file, what, why, remedy }: Mistake, isKept: boolean): Failure {
  const until = isKept
    ? "alerts.yaml has a mistake, and what it said before stays until it is mended"
    : "alerts.yaml is left out until it is mended";
  const says = [what.replace(file, basename(file)), why].filter((part) => part !== undefined).join(": ");
  return { code: "usage", what: until, why: says, remedy, details: file };
}

/** One for a run; each of its stages has a sink of its own. */
export class RunAlerts {
  config: AlertConfig = DEFAULT_CONFIG;
  /** False while there is a mistake in a file: what it asks for is not known until it is mended. */
  isWhole = true;
  /** What counts of each file, which stays while there is a mistake in it. */
  #documents: AlertDocuments = new Map();
  readonly delivery: Delivery;
  readonly #home: string;
  #stamp = "";
  #lookedAt = 0;

  constructor(
    readonly run: AlertRun,
    private sink: Sink,
    private readonly problem: (failure: Failure) => void,
  ) {
    this.#home = dirname(dirname(run.dir));
    const delivered = { id: basename(run.dir), name: run.name, dir: run.dir };
    this.delivery = new Delivery(
      delivered,
      () => this.config,
      (note) => this.#note(note),
    );
  }

  /** From here on what becomes of telling alerts is kept there. */
  keepIn(sink: Sink): void {
    this.sink = sink;
  }

  isQuiet(nowMs: number): boolean {
    return isQuiet(this.config.quiet, nowMs);
  }

  /** Reads alerts.yaml when it has changed since; true when what it says may be another thing now. */
  async look(nowMs: number): Promise<boolean> {
    if (nowMs - this.#lookedAt < LOOK_EVERY_MS) return false;
    this.#lookedAt = nowMs;
    const stamp = stampOfAlerts(this.#home);
    if (stamp === this.#stamp) return false;
    this.#stamp = stamp;
    if (!hasAlerts(this.#home)) {
      const wasSet = this.config !== DEFAULT_CONFIG || !this.isWhole;
      this.config = DEFAULT_CONFIG;
      this.isWhole = true;
      this.#documents = new Map();
      return wasSet;
    }
    // Loaded by who has such a file alone: the schema library is not needed for anything else here.
    const { readAlerts } = await import("../services/alert-config.ts");
    const { config, files, documents } = readAlerts(alertFolders(this.#home), this.#documents);
    this.config = config;
    this.#documents = documents;
    const wasWhole = this.isWhole;
    this.isWhole = files.every(({ mistakes }) => mistakes.length === 0);
    for (const { path, mistakes } of files)
      for (const mistake of mistakes.slice(0, 1)) this.problem(brokenFile(mistake, documents.has(path)));
    if (this.isWhole && !wasWhole)
      this.sink.event({
        stage: 0,
        at: Date.now(),
        step: null,
        kind: "note",
        body: { tag: FILE_IS_WELL, what: "alerts.yaml is mended, and counts as it is now" },
      });
    return true;
  }

  /** Lets an engine hear what the journal has of its stage: of an earlier supervisor, or for other settings. */
  recall(engine: WatchEngine): void {
    const { stage } = engine.stage;
    this.#read((reader) => engine.recall(heardOf(reader, stage, { steps: RECALLED_STEPS }), reader.events({ kinds: ["alert"], stage })));
  }

  /** Takes on what an earlier supervisor held back, or came not to telling. */
  recallDeliveries(nowMs: number): void {
    this.#read((reader) => this.delivery.recall(reader.events({ kinds: ["alert", "note"] }), nowMs - NEWS_MS));
  }

  /** Tells of limits that are on nothing, each once: what the journal holds of it is what was logged. */
  tellIdle(stage: StageIndex, heard: Pick<Logged, "steps" | "samples">, outlook: Outlook): void {
    const { thresholds } = this.config.watches;
    if (thresholds.length === 0 || !this.isWhole) return;
    this.#read((reader) => {
      const metrics = [...new Set(reader.stages().flatMap((each) => reader.metrics(each)))].filter((name) => name !== CLOCK_METRIC);
      const told = reader.events({ kinds: ["note"] }).flatMap(({ body }) => (body["tag"] === IDLE_LIMIT ? [body] : []));
      for (const limit of idleLimits(thresholds, { ...heard, metrics }, outlook)) {
        if (told.some(({ name, metric }) => name === limit.name && metric === limit.metric)) continue;
        const body = { tag: IDLE_LIMIT, name: limit.name, metric: limit.metric, what: idleText(limit, metrics) };
        this.sink.event({ stage, at: Date.now(), step: null, kind: "note", body });
      }
    });
  }

  failed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.problem({
      code: "failed",
      what: "Alerts are off for the rest of this stage",
      why: `a watch failed: ${why}`,
      details: crashText(error),
    });
  }

  #read(read: (reader: JournalReader) => void): void {
    const opened = JournalReader.open(this.run.journal);
    if (!opened.ok) {
      this.problem({ ...opened.failure, remedy: "Alerts begin anew" });
      return;
    }
    opened.value.refresh();
    read(opened.value);
    opened.value.close();
  }

  #note(note: DeliveryNote): void {
    this.sink.event({ stage: 0, at: Date.now(), step: null, kind: "note", body: { tag: DELIVERY, fields: { ...note } } });
  }
}

/** Another text when limits that are on nothing can be told better than before. */
const heardSoFar = (steps: number, samples: number, kinds: number): string => `${steps >= ENOUGH} ${samples >= ENOUGH} ${kinds}`;
const NOTHING_HEARD = heardSoFar(0, 0, 0);

/** Stands before the journal and lets the watches of a stage hear what goes there. */
export class StageAlerts implements Sink {
  #engine: WatchEngine | null;
  /** `alert` events that are pushed and not committed. */
  #said: JournalEvent[] = [];
  /** How often the machine was looked at, which metrics the stage has logged, and which kinds of evaluations there were. */
  #samples = 0;
  readonly #heard = new Set<string>();
  readonly #evaluated = new Set<string>();
  /** What had been heard when limits were last looked at: they are again when there are more kinds of values. */
  #lookedWith = NOTHING_HEARD;

  constructor(
    private readonly alerts: RunAlerts,
    private readonly stage: WatchedStage,
    private readonly inner: Sink,
    private readonly outlook: Outlook = { later: [], every: () => null },
  ) {
    this.#engine = this.#newEngine();
  }

  points(stage: StageIndex, key: number, atMs: number, values: Readonly<Record<string, number>>): void {
    this.inner.points(stage, key, atMs, values);
    if (stage === 0) this.#samples++;
    else for (const name in values) if (!this.#heard.has(name)) this.#hear(name);
    this.#safely((engine) => engine.points(stage, key, atMs, values));
  }

  event(event: JournalEvent): void {
    this.inner.event(event);
    this.#safely((engine) => engine.event(event));
  }

  log(line: LogLine): void {
    this.inner.log(line);
    this.#safely((engine) => engine.log(line));
  }

  offset(file: string, offset: number): void {
    this.inner.offset(file, offset);
  }

  /** Watches by the settings as they are now, that know what was committed so far. */
  renew(): void {
    this.#engine = this.#newEngine();
    this.#lookedWith = NOTHING_HEARD;
    this.#safely((engine) => {
      this.alerts.recall(engine);
      if (this.alerts.isWhole) engine.clearUnwatched(Date.now());
    });
  }

  /** An earlier supervisor has begun this stage. */
  takeOver(): void {
    this.renew();
    this.alerts.recallDeliveries(Date.now());
  }

  /** All that has been written was heard. */
  tick(nowMs: number): void {
    this.#safely((engine) => engine.tick(nowMs));
  }

  acknowledge(key: string, from: string): string | null {
    return this.#engine?.acknowledge(key, from, Date.now()) ?? (this.#engine === null ? "This run is not watched any more." : null);
  }

  /** The journal holds what was said so far: it may be told. */
  committed(nowMs: number): void {
    const { delivery } = this.alerts;
    for (const event of this.#said.splice(0)) {
      const body = alertBodyOf(event);
      const [alert] = body.phase === "raised" ? alertsOf([event]) : [];
      if (alert !== undefined && nowMs - alert.at < NEWS_MS) delivery.take(alert, nowMs);
      else if (alert === undefined) delivery.cleared(body.key);
    }
    delivery.tick(nowMs);
    this.#lookForIdle();
  }

  #hear(name: string): void {
    this.#heard.add(name);
    const group = groupOf(name);
    if (group !== undefined) this.#evaluated.add(group);
  }

  /** A few times in a stage. Of what is committed: what the journal does not hold was not logged. */
  #lookForIdle(): void {
    this.#safely(({ steps }) => {
      const heard = heardSoFar(steps, this.#samples, this.#evaluated.size);
      if (heard === this.#lookedWith) return;
      this.#lookedWith = heard;
      this.alerts.tellIdle(this.stage.stage, { steps, samples: this.#samples }, this.outlook);
    });
  }

  close(why: string): void {
    this.#safely((engine) => engine.close(Date.now(), why));
  }

  /** A bug of a watch ends the watching of this stage, and nothing else. */
  #safely(work: (engine: WatchEngine) => void): void {
    if (this.#engine === null) return;
    try {
      work(this.#engine);
    } catch (error) {
      this.#engine = null;
      this.alerts.failed(error);
    }
  }

  #newEngine(): WatchEngine {
    return new WatchEngine(this.stage, this.alerts.config.watches, (event) => {
      this.inner.event(event);
      this.#said.push(event);
    });
  }
}
