/** How a reply is printed. */
import { ENDINGS, type GeneratedReply, leftOut, noAnswer, type ReplyPart } from "../../core/chat.ts";
import { plain } from "../../lib/ansi.ts";
import { count, duration } from "../../lib/format.ts";
import { stdout } from "../output.ts";

const MARKS: Readonly<Record<"python" | "output", readonly [open: string, close: string]>> = {
  python: ["⟨calculator: ", "⟩"],
  output: ["⟨= ", "⟩"],
};

/** Prints a reply as it comes, calls of the calculator marked. What a model says passes no escape sequence. */
export function printer(): (text: string, part: ReplyPart) => void {
  let open: ReplyPart = null;
  return (text, part) => {
    const close = open !== null && open !== part ? MARKS[open][1] : "";
    const begin = part !== null && part !== open ? MARKS[part][0] : "";
    open = part;
    stdout().write(close + begin + plain(text));
  };
}

/** A reply as it is shown whole. */
export const replyShown = (text: string, reply: GeneratedReply): string => noAnswer(reply) ?? plain(text);

/** `sft/d4@40 · 12 tokens in · first token 27 ms · …` */
export const figures = (name: string, { tokensIn, dropped, tokensOut, firstTokenSeconds, seconds, reason }: GeneratedReply): string =>
  `${name} · ${count(tokensIn)} tokens in · first token ${duration(firstTokenSeconds)} · ${count(tokensOut)} tokens out · ${count(tokensOut / Math.max(seconds, 1e-9))} tok/s${ENDINGS[reason]}${leftOut({ dropped })}`;
