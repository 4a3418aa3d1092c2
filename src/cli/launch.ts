/** From a prefab's name to a run that a supervisor looks after. */
import { makePlan } from "../config/plan.ts";
import { loadPrefab } from "../config/prefab.ts";
import type { Finding, Plan } from "../core/plan.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { tagInUse } from "../services/checkpoints.ts";
import { startSupervisor } from "../services/run-control.ts";
import { abandonRun, createRun, reserveRun, runIdAt } from "../services/run-create.ts";
import type { Context, Workspace } from "./context.ts";

export interface LaunchOptions {
  prefab: string;
  sets: readonly string[];
  name: string | undefined;
  force: boolean;
}

export interface Launched {
  id: string;
  dir: string;
  plan: Plan;
}

/** The plan as it would run now; `tag` names its checkpoints' folder. Nothing is written. */
export async function planRun(
  context: Context,
  options: LaunchOptions,
  tag = options.name ?? runIdAt(options.prefab),
): Promise<Result<{ plan: Plan; workspace: Workspace }>> {
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const workspace = looked.value;
  const prefab = loadPrefab(options.prefab, context.prefabFolders());
  if (!prefab.ok) return prefab;
  const { python, info, baseDir } = workspace;
  const plan = makePlan({
    prefab: prefab.value,
    workspace: info,
    python: python.ok ? python.value : { argv: ["python3"], reason: python.failure.what },
    baseDir,
    sets: options.sets,
    name: options.name ?? options.prefab,
    modelTag: tag,
  });
  if (!plan.ok) return plan;
  const findings = [...plan.value.findings, ...pythonFindings(workspace), ...tagFindings(plan.value)];
  return ok({ plan: { ...plan.value, findings }, workspace });
}

/** Why the Python found will not do, as a finding: a plan can be looked at without one, but not started. */
const pythonFindings = ({ python }: Workspace): Finding[] =>
  python.ok
    ? []
    : [
        {
          id: "python",
          severity: "error",
          message: [python.failure.what, python.failure.why].filter(Boolean).join(": "),
          remedy: python.failure.remedy,
        },
      ];

/** Checkpoints of another run under the same tag would be overwritten step by step. */
function tagFindings({ stages, baseDir }: Plan): Finding[] {
  const [trained] = stages.filter(({ bridged }) => bridged);
  const tag = trained?.values.find(({ parameter }) => parameter.name === "model_tag")?.value;
  const dir = typeof tag === "string" && tag !== "" ? tagInUse(baseDir, tag) : null;
  if (dir === null) return [];
  return [
    {
      id: "tag-in-use",
      severity: "error",
      message: `The model tag ${tag} already has checkpoints, in ${dir}: this run would write over them`,
      remedy: "Choose another --name",
    },
  ];
}

/** Makes the run and starts its supervisor. Errors of the plan refuse it, unless `force` overrides them. */
export async function launchRun(context: Context, options: LaunchOptions): Promise<Result<Launched>> {
  const looked = await context.workspace();
  if (!looked.ok) return looked;
  const place = reserveRun(looked.value.home, options.name ?? options.prefab);
  if (!place.ok) return place;
  const planned = await planRun(context, options, options.name ?? place.value.id);
  const refused = planned.ok ? refuse(planned.value.plan, options.force) : planned;
  if (!planned.ok || refused !== null) {
    abandonRun(place.value);
    return refused as Result<never>;
  }
  const { plan } = planned.value;
  const created = createRun(looked.value.home, place.value, plan);
  if (!created.ok) return created;
  const started = await startSupervisor(place.value.dir);
  return started.ok ? ok({ ...place.value, plan }) : started;
}

function refuse({ findings }: Plan, force: boolean): Result<never> | null {
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length === 0 || force) return null;
  const [first] = errors;
  return fail("refused", first?.message ?? "", {
    why: errors.length > 1 ? `and ${errors.length - 1} more` : undefined,
    remedy: `${first?.remedy ?? "Mend the plan"}; --force starts it all the same`,
    details: errors.map(({ message }) => message).join("\n"),
  });
}
