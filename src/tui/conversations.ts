/** What was answered since the start, by which model, and what of it no file has. */
import type { RecordedReply } from "../core/chat.ts";
import type { Checkpoint } from "../core/checkpoint.ts";

/** With one model: where two are compared each has its own. */
export interface Conversation {
  model: Checkpoint;
  /** Where the model ran, and whether it is the pocket's. */
  loaded: { device: string; pocket: boolean };
  replies: RecordedReply[];
}

export class Conversations {
  /** Those that go on. */
  #open: Conversation[] = [];
  /** Ended ones that no file has, the oldest first. */
  #left: Conversation[] = [];
  /** Where they were kept on leaving, in words that are said when the terminal is given back; null = nobody has asked for it. */
  keptOnLeaving: string | null = null;
  /** The last reply of each that is in a file. */
  readonly #kept = new WeakSet<RecordedReply>();

  add(model: Checkpoint, loaded: Conversation["loaded"], reply: RecordedReply): void {
    const open = this.#open.find((one) => one.model === model);
    if (open === undefined) this.#open.push({ model, loaded, replies: [reply] });
    else open.replies.push(reply);
  }

  /** What is said from here on is another conversation. Returns those that have come to their end and are in no file. */
  end(): Conversation[] {
    const ended = this.#open.filter((one) => this.#isUnkept(one));
    this.#left.push(...ended);
    this.#open = [];
    return ended;
  }

  /** All replies of what goes on, in the order of their models. */
  get replies(): RecordedReply[] {
    return this.#open.flatMap(({ replies }) => replies);
  }

  /** Of all since the start, the oldest first. */
  get unkept(): Conversation[] {
    return [...this.#left, ...this.#open.filter((one) => this.#isUnkept(one))];
  }

  /** Everything that was answered so far in this one is in a file. */
  keep(conversation: Conversation): void {
    this.#kept.add(conversation.replies.at(-1)!);
    this.#left = this.#left.filter((one) => one !== conversation);
  }

  readonly #isUnkept = ({ replies }: Conversation): boolean => !this.#kept.has(replies.at(-1)!);
}
