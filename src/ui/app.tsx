import { useInput } from "ink";
import { useSyncExternalStore } from "react";
import { actionOf } from "./actions/actions.js";
import { isTooSmall, TOO_SMALL } from "./looks.js";
import { Frame, type Hint } from "./parts/frame.js";
import { Paragraph } from "./parts/paragraph.js";
import { Spoken } from "./parts/sign.js";
import { Actions } from "./screens/actions.js";
import { Choose } from "./screens/choose.js";
import { Failure } from "./screens/failure.js";
import { Form } from "./screens/form.js";
import { Help } from "./screens/help.js";
import { hintsOf } from "./screens/hints.js";
import { Overview } from "./screens/overview.js";
import { Pick } from "./screens/pick.js";
import { Report } from "./screens/report.js";
import { Work } from "./screens/work.js";
import type { Store } from "./session-store.js";
import { keysOf } from "./state/key.js";
import type { Screen } from "./state/screen.js";
import { type State, topOf } from "./state/state.js";

/** The session on the screen: state in, keys out, nothing else. */
export function App({ store }: { store: Store }) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  useInput((text, raw) => {
    for (const key of keysOf(text, raw)) store.dispatch({ type: "key", key, now: store.now() });
  });
  const top = topOf(state);
  if (isTooSmall(state.looks)) return <Paragraph text={TOO_SMALL} width={state.looks.columns} />;
  return (
    <Spoken.Provider value={state.looks.reader}>
      <Frame looks={state.looks} way={wayOf(state)} hints={state.help ? CLOSE : hintsOf(top)}>
        {state.help ? <Help /> : <Shown state={state} screen={top} />}
      </Frame>
    </Spoken.Provider>
  );
}

const CLOSE: readonly Hint[] = [["any key", "close"]];

function Shown({ state, screen }: { state: State; screen: Screen }) {
  switch (screen.kind) {
    case "pick":
      return <Pick state={state} screen={screen} />;
    case "overview":
      return <Overview state={state} screen={screen} />;
    case "actions":
      return <Actions screen={screen} />;
    case "form":
      return <Form looks={state.looks} screen={screen} />;
    case "choose":
      return <Choose state={state} screen={screen} />;
    case "plan":
    case "result":
      return <Report looks={state.looks} screen={screen} />;
    case "work":
      return <Work looks={state.looks} screen={screen} />;
    case "failure":
      return <Failure looks={state.looks} screen={screen} />;
  }
}

/** The checkpoint, the action, the step: where we are, from left to right. */
function wayOf({ screens }: State): readonly string[] {
  return screens.flatMap((screen) => NAMES[screen.kind]?.(screen as never) ?? []);
}

const NAMES: {
  readonly [K in Screen["kind"]]?: (screen: Extract<Screen, { kind: K }>) => readonly string[];
} = {
  overview: ({ subject }) => [subject.report.checkpoint.label],
  form: ({ action }) => [actionOf(action).title],
  plan: () => ["plan"],
  result: () => ["result"],
};
