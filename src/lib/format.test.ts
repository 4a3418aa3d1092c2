import { expect, test } from "bun:test";
import * as format from "./format.ts";

test("numbers read as the visual language says", () => {
  const table: ReadonlyArray<readonly [string, string]> = [
    [format.count(1204), "1,204"],
    [format.counted(1, "panel"), "1 panel"],
    [format.counted(1204, "panel"), "1,204 panels"],
    [format.si(1.32e9), "1.32B"],
    [format.si(983_123), "983k"],
    [format.si(999_960), "1.00M"],
    [format.si(512), "512"],
    [format.loss(3.012_71), "3.0127"],
    [format.loss(3.012_713_9, 6), "3.012714"],
    [format.measured(2265), "2,265"],
    [format.measured(-1_234_567), "-1,234,567"],
    [format.measured(12_345.678), "12,345.7"],
    [format.measured(0.012_345), "0.012345"],
    [format.measured(1e21), "1e+21"],
    [format.flops(1e18), "1.00e18"],
    [format.duration(0.533), "533 ms"],
    [format.duration(0.00003), "<1 ms"],
    [format.duration(0), "0 ms"],
    [format.duration(151), "2m 31s"],
    [format.duration(3840), "1h 04m"],
    [format.duration(3 * 86400 + 4 * 3600), "3d 4h"],
    [format.duration(99 * 86400 + 23 * 3600), "99d 23h"],
    [format.duration(123 * 86400 + 14 * 3600), "123d"],
    [format.bytes(34.2 * 2 ** 30), "34.2 GiB"],
    [format.bytes(34.1875 * 2 ** 30, 4), "34.1875 GiB"],
    [format.bytes(512, 4), "512 B"],
    [format.percent(0.47), "47%"],
    [format.percent(0.032), "3.2%"],
    [format.percent(0.9977), "99%"],
    [format.percent(1), "100%"],
    [format.middle("scripts.base_train", 11), "scrip…train"],
    [format.middle("20261123-101500-d12-myrun", 24), "…101500-d12-myrun"],
    [format.middle("base 20261123-101500-d12-myrun", 17), "base …101500-d…un"],
    [format.middle("20261123-101500-d12-myrun", 7), "202…run"],
    [format.middle("/home/20261123-101500-d12/base", 11), "/home…/base"],
  ];
  for (const [got, wanted] of table) expect(got).toBe(wanted);
});

test("unknown is a dash and never zero, and what is not finite is said", () => {
  for (const show of [format.count, format.si, format.loss, format.flops, format.bytes, format.percent, format.duration]) {
    expect(show(null)).toBe("–");
    expect(show(undefined)).toBe("–");
  }
  expect(format.loss(Number.NaN)).toBe("NaN");
  expect(format.loss(Number.POSITIVE_INFINITY)).toBe("Inf");
});
