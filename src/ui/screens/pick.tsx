import { Box } from "ink";
import { escapeText } from "../../report/escape.js";
import { bodyHeight, bodyWidth } from "../looks.js";
import { List } from "../parts/list.js";
import { Prompt } from "../parts/prompt.js";
import { Said } from "../parts/said.js";
import { offersOf } from "../state/pick-keys.js";
import type { Offer, PickScreen } from "../state/screen.js";
import type { State } from "../state/state.js";
import { padded, textWidth } from "../text-width.js";

/** Names a checkpoint, or a place for output: a line, and what it may mean below it. */
export function Pick({ state, screen }: { state: State; screen: PickScreen }) {
  const { looks } = state;
  const offers = offersOf(state, screen);
  const label = Math.min(56, Math.max(0, ...offers.map(({ text }) => textWidth(escapeText(text)))));
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Said tone="strong">{screen.field?.title ?? "Which checkpoint?"}</Said>
      <Box>
        <Box flexShrink={0} width={2} aria-hidden>
          <Said tone="name">{screen.cursor < 0 ? "❯" : " "}</Said>
        </Box>
        <Prompt
          line={screen.line}
          colour={looks.colour}
          width={bodyWidth(looks) - 2}
          empty={emptyText(screen)}
        />
      </Box>
      <Box height={1} />
      <List items={offers} cursor={screen.cursor} height={bodyHeight(looks) - 5} keyOf={({ text }) => text}>
        {(offer, marked) => <OfferText offer={offer} marked={marked} label={label} />}
      </List>
      {offers.length === 0 && screen.line.text !== "" && FOUND.has(screen.field?.kind ?? "checkpoint") ? (
        <Said tone="faint">{"  nothing of that name lies here"}</Said>
      ) : null}
    </Box>
  );
}

/** Kinds of what must be there already. */
const FOUND: ReadonlySet<string> = new Set(["checkpoint", "file"]);

function OfferText({ offer, marked, label }: { offer: Offer; marked: boolean; label: number }) {
  return (
    <Said>
      <Said tone={marked ? "strong" : undefined}>{padded(escapeText(offer.text), label + 3)}</Said>
      <Said tone="faint">{NOTES[offer.kind]}</Said>
    </Said>
  );
}

const NOTES: Record<Offer["kind"], string> = {
  checkpoint: "checkpoint",
  folder: "",
  file: "file",
  recent: "opened before",
  hub: "on the Hub",
};

function emptyText({ field }: PickScreen): string {
  if (field?.kind === "output") return " a new path";
  return ` ${field?.empty ?? "a folder, a file, or org/name on the Hub"}`;
}
