import { apply } from "../checkpoint/apply.js";
import type { HubSink } from "../checkpoint/hub/hub-sink.js";
import type { HubTarget, PushFacts } from "../checkpoint/hub/push-target.js";
import { readText } from "../checkpoint/read-shards.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { Io } from "../events.js";
import type { Plan, Step } from "../plan/plan.js";
import type { Deps } from "./deps.js";
import type { InspectReport } from "./inspect.js";

/** Where a checkpoint is pushed, and what its model card is to say of the scales. */
export interface Pushing {
  readonly target: HubTarget;
  /** Left out where the card is none of our business. */
  readonly card?: ModelCard;
}

/** A section of a model card that is ours; everything around it is not. */
export interface ModelCard {
  /** The card with the section put in or brought up to date. */
  with(readme: string | undefined, about: CardFacts): string;
  /** The card without it, and without white space at the end. */
  without(readme: string): string;
}

/** What a card can say. */
export interface CardFacts {
  readonly result: InspectReport;
  /** The checkpoints that went into it, with their commits where they are on the Hub. */
  readonly origins: readonly string[];
}

/** A checkpoint on its way to the Hub. */
export interface Publication {
  readonly plan: Plan;
  readonly source: CheckpointSource;
  readonly pushing: Pushing;
  readonly about: CardFacts;
}

/** Carries a plan out on the Hub, the model card included; only looks where the target says so. */
export async function publish(publication: Publication, io: Io, deps: Deps): Promise<PushFacts> {
  const { source, pushing } = publication;
  const sink = await deps.hub(pushing.target);
  const plan = await withCard(publication, sink, io);
  await apply(plan, source, sink, io);
  return sink.facts!;
}

/** `org/name@commit` on the Hub, the label elsewhere. Directories of this machine are nobody's business. */
export function originText({ label, origin }: CheckpointSource): string {
  return origin === undefined
    ? label.replace(/\/+$/, "").replace(/^.*\//, "")
    : `${origin.repository}@${origin.commit}`;
}

/** People edit cards on the Hub, so the card that is there counts, and the source's only where there is none. */
async function withCard({ plan, source, pushing, about }: Publication, sink: HubSink, io: Io): Promise<Plan> {
  const { card, target } = pushing;
  if (card === undefined) return plan;
  const there = await sink.text(CARD, io);
  const own = await ownCard(plan, source, io);
  if (there !== undefined && own !== undefined && card.without(there) !== card.without(own))
    io.emit({ type: "note", message: keptCard(target.repository) });
  const bytes = new TextEncoder().encode(card.with(there ?? own, about));
  const others = plan.steps.filter((step) => pathOf(step) !== CARD);
  return {
    ...plan,
    steps: [...others, { step: "write", path: CARD, bytes, why: "the model card names the scales" }],
  };
}

const CARD = "README.md";

async function ownCard({ steps }: Plan, source: CheckpointSource, io: Io): Promise<string | undefined> {
  const step = steps.find((candidate) => pathOf(candidate) === CARD);
  return step?.step === "keep" ? readText(source, step, io.signal) : undefined;
}

function pathOf(step: Step): string | undefined {
  if (step.step === "delete") return undefined;
  return step.step === "keep" ? step.as : step.path;
}

function keptCard(repository: string): string {
  return `${repository} keeps its README.md, but for the section about scales; --no-card sends yours instead`;
}
