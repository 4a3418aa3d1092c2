/** SHA-256 as hexadecimal digits. The runtime's own: `node:crypto` takes 10 ms to load, which every start would pay. */
export const sha256 = (content: string | Uint8Array): string => Bun.CryptoHasher.hash("sha256", content, "hex");
