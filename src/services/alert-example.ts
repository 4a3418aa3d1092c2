/** What `alerts init` writes: everything that alerts.yaml may hold, as comments. */
export const EXAMPLE = `# What is watched for in your runs, and who is told. docs/alerts.md explains it; \`nanochat-cli alerts check\` reads it.
# Every line is optional: what is not here is as \`nanochat-cli alerts\` shows it.

#watches:
#  plateau: off
#  throughput: {percent: 20, seconds: 120}

#thresholds:
#  - {name: hot-memory, metric: gpu/*/memory_used, above: 75.0e9, for_seconds: 60}
#  - {metric: val/bpb, above: 1.2, severity: bad}
#  - {metric: train/tok_per_sec, below: 900000, for_steps: 50}

# A program that gets the alert as JSON on its stdin and as NANOCHAT_ALERT_… variables.
#command: [notify-send, nanochat, "an alert"]

# An address that the same JSON is posted to. It may be a secret: only its host is ever shown.
#webhook: https://hooks.example.org/…

# Nobody is told between the two; what is still open afterwards is told then.
#quiet_hours: {from: "22:30", to: "07:00"}

# What a terminal that shows the run does.
#bell: true
#desktop: true
`;
