/** What a terminal is told beside what it draws: the bell, and notifications of the desktop. */
import { plain } from "../lib/ansi.ts";

export const BEL = "\x07";
const LONGEST = 200;

/** Text inside of an OSC sequence: nothing that could end it or begin another, and no separator. */
export const oscText = (text: string): string =>
  plain(text)
    .replace(/[\x00-\x1f\x7f-\x9f;]+/g, " ")
    .trim()
    .slice(0, LONGEST);

/**
 * OSC 9 (iTerm2, ConEmu and many after them) and OSC 777 (rxvt-unicode, foot, VTE with a patch); a terminal ignores the one that
 * it does not know. ConEmu reads a leading number as a command of its own, so the text never begins with one.
 */
export const notification = ({ title, text }: { title: string; text: string }): string =>
  `\x1b]9;${oscText(title).replace(/^\d/, "#$&")}: ${oscText(text)}${BEL}\x1b]777;notify;${oscText(title)};${oscText(text)}${BEL}`;

/** OSC 52: the terminal puts a text on the clipboard. */
export const clipboard = (text: string): string => `\x1b]52;c;${Buffer.from(text).toString("base64")}${BEL}`;
