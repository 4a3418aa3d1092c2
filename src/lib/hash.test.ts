import { expect, test } from "bun:test";
import { sha256 } from "./hash.ts";

test("the digest of the standard's own example, of text and of bytes", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, B.1
  expect(sha256("abc")).toBe(abc);
  expect(sha256(new TextEncoder().encode("abc"))).toBe(abc);
});
