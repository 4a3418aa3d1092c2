/** For tests of the doctor: a machine with nothing on its PATH but what a test puts there, nobody's keys, an empty base dir. */
import { afterEach, beforeEach } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Commit, captured } from "../config/captures/capture.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import { ok } from "../core/result.ts";
import type { Check } from "../core/setup.ts";
import { examine } from "./doctor.ts";
import type { Patient } from "./doctor-check.ts";
import { type PathFixture, withEmptyPath } from "./nvidia-smi-fixture.ts";

const KEYS = /^(WANDB_|HF_|XDG_|TRANSFORMERS_OFFLINE$|HOME$)/;
export const ALL_MODULES = { torch: "2.9.1+cu128", wandb: "0.21", rustbpe: "0.1", pyarrow: "20", datasets: "4.0.0", pip: "25.0" };
/** A version of each kind: with and without chat_web, reports and a fetched eval bundle. */
export const NEW = "92d63d4";
export const OLD = "63bb583";

export interface DoctorFixture {
  path: PathFixture;
  folder: string;
  checkout: string;
  base: string;
  /** A Python that says that it has these modules. */
  usePython(modules: Readonly<Record<string, string>>): void;
  infoOf(commit: Commit, more?: Partial<WorkspaceInfo>): WorkspaceInfo;
  patientOf(info: WorkspaceInfo, argv?: string[]): Patient;
  check(id: string, patient?: Commit | Patient): Promise<Check>;
  /** `status: verdict` */
  verdict(id: string, patient?: Commit | Patient): Promise<string>;
}

export const write = (file: string, text = ""): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

/** Made anew for each test of the file that calls this. */
export function withPatient(): DoctorFixture {
  const path = withEmptyPath();
  const before = { ...process.env };
  const doctor: DoctorFixture = {
    path,
    folder: "",
    checkout: "",
    base: "",
    usePython: (modules) => path.put("python", `echo 'a start-up file prints this'\necho '${JSON.stringify(modules)}'`),
    infoOf: (commit, more = {}) => captured(commit, { dir: doctor.checkout, ...more }),
    patientOf: (info, argv = [join(path.bin, "python")]) => ({
      info,
      python: ok({ argv, reason: "--python", version: "3.12.1", torch: "2.9.1" }),
      baseDir: doctor.base,
    }),
    async check(id, patient = NEW) {
      const checks = await examine(typeof patient === "string" ? doctor.patientOf(doctor.infoOf(patient)) : patient, () => undefined);
      const found = checks.find((one) => one.id === id);
      if (found === undefined) throw new Error(`There is no check ${id}`);
      return found;
    },
    async verdict(id, patient) {
      const { status, verdict: text } = await doctor.check(id, patient);
      return `${status}: ${text}`;
    },
  };
  beforeEach(() => {
    doctor.folder = mkdtempSync(join(tmpdir(), "doctor-"));
    [doctor.checkout, doctor.base] = [join(doctor.folder, "checkout"), join(doctor.folder, "base")];
    for (const dir of [doctor.checkout, doctor.base, join(doctor.folder, "home")]) mkdirSync(dir);
    // Nobody's keys, so that no service is asked about one.
    for (const name of Object.keys(process.env)) if (KEYS.test(name)) delete process.env[name];
    process.env["HOME"] = join(doctor.folder, "home");
    for (const name of ["CONFIG", "CACHE"]) process.env[`XDG_${name}_HOME`] = join(doctor.folder, name.toLowerCase());
    doctor.usePython(ALL_MODULES);
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (KEYS.test(name)) delete process.env[name];
    for (const [name, value] of Object.entries(before)) if (KEYS.test(name)) process.env[name] = value;
    rmSync(doctor.folder, { recursive: true, force: true });
  });
  return doctor;
}
