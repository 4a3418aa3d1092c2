/** Which shelf of the configuration a parameter lies on. Membership is data: what a plugin adds comes after ours. */

export interface Category {
  id: string;
  title: string;
  /** Python names; the same in every script. */
  parameters: readonly string[];
}

export const CATEGORIES: readonly Category[] = [
  {
    id: "core",
    title: "Core",
    parameters: [
      ...["depth", "aspect_ratio", "head_dim", "max_seq_len", "window_pattern", "fp8", "fp8_recipe", "dtype", "device_type"],
      ...["num_iterations", "max_iterations", "target_flops", "target_param_data_ratio", "num_epochs"],
      ...["device_batch_size", "total_batch_size", "target_examples_per_step", "examples_per_step", "num_samples", "max_new_tokens"],
      ...["embedding_lr", "unembedding_lr", "matrix_lr", "scalar_lr", "init_lr_frac", "weight_decay", "grad_clip"],
      ...["adam_beta1", "adam_beta2", "warmup_ratio", "warmup_steps", "warmdown_ratio", "final_lr_frac"],
      ...["resume_from_step", "save_every", "model_tag", "source", "step", "model_step", "load_optimizer", "dry_run"],
      ...["temperature", "top_k", "max_tokens", "prompt", "num_gpus", "port", "host"],
    ],
  },
  {
    id: "data",
    title: "Data",
    parameters: ["num_files", "num_workers", "max_chars", "doc_cap", "vocab_size", "mmlu_epochs", "gsm8k_epochs"],
  },
  {
    id: "evaluation",
    title: "Evaluation",
    parameters: [
      ...["eval", "eval_every", "eval_tokens", "eval_steps", "eval_examples", "split_tokens", "sample_every", "hf_path"],
      ...["core_metric_every", "core_metric_max_per_task", "max_per_task", "eval_metrics_every", "eval_metrics_max_problems"],
      ...["chatcore_every", "chatcore_max_cat", "chatcore_max_sample", "task_name", "max_problems", "batch_size"],
      ...["prompt_tokens", "decode_tokens", "batch_sizes"],
    ],
  },
  { id: "telemetry", title: "Telemetry", parameters: ["run", "command"] },
  // W&B and Hugging Face keys, which are no parameters: they never enter a plan.
  { id: "auth", title: "Auth", parameters: [] },
];

/** The first category that claims the parameter; null for one that a fork made up, which is shown with the core ones. */
export const categoryOf = (name: string, categories: readonly Category[] = CATEGORIES): Category | null =>
  categories.find(({ parameters }) => parameters.includes(name)) ?? null;
