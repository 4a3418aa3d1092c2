/** What the processes of this machine use, those that use the most first: whose GPU memory that is, and what else goes on. */
import { BY_USE, byUse, type MachineProcess, type MachineProcesses } from "../core/machine.ts";
import type { OptionValues } from "../core/panel.ts";
import type { Empty, Line, Scene, TableColumn } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { bytes, count, UNKNOWN } from "../lib/format.ts";
import { fitsWords } from "../lib/wanted.ts";
import { fitColumns, type Ranked, tableOf } from "./columns.ts";
import type { RunFacts } from "./data.ts";
import { definePanel, type PanelInput } from "./kind.ts";
import { filterText } from "./metric-list.ts";
import { scrolled, scrollTo } from "./scrolling.ts";

const OPTIONS = {
  sort: {
    type: "choice",
    choices: BY_USE,
    default: "cpu",
    title: "Sort",
    help: "Which use comes first: processor, memory, or memory of GPUs",
  },
  filter: { type: "text", default: "", title: "Filter", help: "Only those whose command, user or number holds these words" },
} as const;

type Input = PanelInput<OptionValues<typeof OPTIONS>>;

interface Column extends TableColumn, Pick<Ranked, "rank"> {
  cell: (process: MachineProcess) => Line;
}

const NAME = 12;
const SHARE = 7;
const SIZE = 11;
/** Of one processor: such a process is at work. */
const BUSY = 50;

const share = (cpu: number | null): string => (cpu === null ? UNKNOWN : cpu < 10 ? cpu.toFixed(1) : count(Math.round(cpu)));

const COLUMNS: readonly Column[] = [
  { title: "pid", width: 8, rank: 0, align: "right", cell: ({ pid }) => [{ text: String(pid), tone: "muted" }] },
  { title: "user", width: 10, rank: 3, cell: ({ user }) => [{ text: plain(user), tone: "muted" }] },
  { title: "command", rank: 0, cell: ({ name }) => [{ text: plain(name) }] },
  { title: "cpu %", width: SHARE, rank: 1, align: "right", cell: ({ cpu }) => [{ text: share(cpu), bold: (cpu ?? 0) >= BUSY }] },
  { title: "memory", width: SIZE, rank: 1, align: "right", cell: ({ memory }) => [{ text: bytes(memory) }] },
];

/** Only where there are GPUs, and a driver that tells. */
const GPU: Column = { title: "on gpus", width: SIZE, rank: 2, align: "right", cell: ({ gpuMemory }) => [{ text: bytes(gpuMemory) }] };

function listed({ options, view }: Input, { all }: MachineProcesses): MachineProcess[] {
  const fits = ({ name, user, pid }: MachineProcess): boolean => {
    const texts = [name, user, String(pid)];
    return fitsWords(options.filter, texts) && fitsWords(view.filter, texts);
  };
  return byUse(all.filter(fits), options.sort);
}

function processesPanel(input: Input): Scene {
  const { size, options, view, facts } = input;
  const settings = [filterText(options.filter, view.filter), `by ${options.sort}`].filter(Boolean).join(" · ");
  const looked = facts.processes?.() ?? null;
  const found = looked === null ? [] : listed(input, looked);
  if (looked === null || found.length === 0)
    return { title: "processes", settings, blocks: [{ block: { kind: "empty", ...whyEmpty(input, looked) } }] };
  const hasGpus = looked.all.some(({ gpuMemory }) => gpuMemory !== null);
  const columns = fitColumns(hasGpus ? [...COLUMNS, GPU] : COLUMNS, size.width, NAME);
  const part = scrolled(found, view.scroll, size.height - 1);
  return {
    title: `processes ${count(found.length)}`,
    name: "processes",
    settings: `${settings} · 100 % is one of ${count(looked.cores)} ${looked.cores === 1 ? "processor" : "processors"}`,
    note: part.note,
    blocks: [
      {
        block: tableOf(
          columns,
          part.rows.map((one) => columns.map(({ cell }) => cell(one))),
        ),
      },
    ],
  };
}

function whyElsewhere({ state: { imported } }: RunFacts): string {
  if (imported === undefined) return "the run has ended, and what else goes on here is not its own";
  return "this run was imported, and goes on, if it does, elsewhere";
}

function whyEmpty({ facts, options, view }: Input, looked: MachineProcesses | null): Omit<Empty, "kind"> {
  if (facts.processes === undefined)
    return { why: `No processes: ${whyElsewhere(facts)}`, remedy: "`nanochat-cli machine` lists those of this machine" };
  if (looked === null) return { why: "Processes are being looked at" };
  if (view.filter !== "") return { why: `No process is called “${plain(view.filter)}”`, remedy: `${view.keyOf("back")} clears the filter` };
  if (options.filter !== "") return { why: `No process is called “${plain(options.filter)}”`, remedy: "filter is an option of this panel" };
  return { why: "No processes: this system does not tell of them" };
}

export const processesKind = definePanel({
  kind: "processes",
  title: "processes",
  about: "Processes of this machine by what they use: number, user, command without arguments, processor, memory, memory of GPUs",
  options: OPTIONS,
  from: ["points", "state"],
  everyMs: 1000,
  timed: "left",
  least: { width: 40, height: 6 },
  keys: ["list"],
  looks: ["filter", "scroll"],
  idle: ({ processes }) => processes === undefined,
  scene: processesPanel,
  scroll: (input, by) => {
    const looked = input.facts.processes?.() ?? null;
    const rows = looked === null ? 0 : listed(input, looked).length;
    return { scroll: scrollTo(rows, input.view.scroll, by, input.size.height - 1) };
  },
});
