/** A word of a command as a shell takes it for one: what is printed can be typed as it stands. */
export const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
