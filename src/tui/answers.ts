/** From what somebody presses, pastes or clicks to its answer on the screen, and the room behind it for what no key has asked for. */
import { Collector } from "../lib/collector.ts";
import { InputQueue } from "./input-queue.ts";
import { Lull } from "./lull.ts";

/** What input may take of a turn before what is left of it waits for the next. */
const BURST_MS = 8;
/** What is written goes through other processes to whoever reads it: on a busy machine they get no turn as long as we work on. */
const DELIVERY_MS = 1;
/** What the collector takes on a busy machine. */
const TIDY_MS = 10;

interface AnswerHooks {
  /** Somebody is there: tells the time. */
  began: () => void;
  /** What lies over the screen; null = nothing. */
  overlay: () => unknown;
  /** How often something was said to be different. */
  touches: () => number;
  /** Draws all of it. */
  draw: () => void;
  /** Draws only what lies over the screen. */
  drawOver: () => void;
  /** Puts panels where they stand now, without drawing them: more input is to come. */
  place: () => void;
  /** Resolves when what was drawn is on its way. */
  idle: () => Promise<void>;
  /** How many panels have been drawn since the start. */
  drawings: () => number;
  /** Errors end in one place. */
  guard: (work: () => void) => void;
  background: (work: Promise<unknown>) => void;
}

export class Answers {
  readonly lull = new Lull();
  readonly #collector = new Collector();
  readonly #queue: InputQueue;
  /** What was done has changed more than an overlay. */
  #isWhole = false;

  constructor(
    private readonly hooks: AnswerHooks,
    budgetMs: number = BURST_MS,
  ) {
    const { guard, place } = hooks;
    this.#queue = new InputQueue(
      budgetMs,
      () => guard(() => this.#answer()),
      () => guard(place),
    );
  }

  /** `input` returns false where nothing is different. */
  take(input: () => unknown): void {
    const { began, overlay, touches, guard } = this.hooks;
    this.#queue.take(() => {
      this.lull.key();
      began();
      const [over, before] = [overlay(), touches()];
      let changed = true;
      guard(() => {
        changed = input() !== false;
      });
      // What an overlay takes changes nothing but itself, unless it says so or goes away.
      const isOverlays = over !== null && over === overlay() && before === touches();
      if (changed && !isOverlays) this.#isWhole = true;
      if (!changed) this.lull.answered(this.lull.last);
      return changed;
    });
  }

  /** What is typed on is for the box that this opens, and nothing for the panels behind. */
  hold(opening: Promise<unknown>): void {
    this.#queue.hold(opening, () => this.hooks.overlay() !== null);
  }

  /** What has not been taken yet never is. */
  clear(): void {
    this.#queue.clear();
  }

  /** All of it is drawn. */
  drawn(): void {
    this.#isWhole = false;
  }

  /** Collects garbage where there is room for that. */
  tidy(): void {
    if (this.lull.hasRoom(TIDY_MS)) this.#collector.tidy(this.hooks.drawings());
  }

  /** Draws now what the user's doing has changed: all of it, or only the overlay that took the keys. */
  #answer(): void {
    if (this.#isWhole) this.hooks.draw();
    else this.hooks.drawOver();
    this.hooks.background(this.#answered(this.lull.last));
  }

  async #answered(key: number): Promise<void> {
    await this.hooks.idle();
    await Bun.sleep(DELIVERY_MS);
    this.lull.answered(key);
    this.tidy();
  }
}
