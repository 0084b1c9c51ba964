import { Box } from "ink";
import { bodyHeight, bodyWidth } from "../looks.js";
import { List } from "../parts/list.js";
import { Prompt } from "../parts/prompt.js";
import { Said } from "../parts/said.js";
import { optionsOf } from "../state/choose-keys.js";
import type { ChooseScreen } from "../state/screen.js";
import type { State } from "../state/state.js";

/** The options of a field: type to search, Enter takes. */
export function Choose({ state, screen }: { state: State; screen: ChooseScreen }) {
  const options = optionsOf(state, screen);
  const wide = Math.max(0, ...options.map(({ label }) => label.length));
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Box>
        <Said tone="name">{"/ "}</Said>
        <Prompt
          line={screen.line}
          colour={state.looks.colour}
          width={bodyWidth(state.looks)}
          empty=" type to search"
        />
      </Box>
      <Box height={1} />
      <List
        items={options}
        cursor={screen.cursor}
        height={bodyHeight(state.looks) - 4}
        keyOf={({ value }) => value}
      >
        {({ label, note }, marked) => (
          <Said>
            <Said tone={marked ? "strong" : undefined}>{label.padEnd(wide + 3)}</Said>
            <Said tone="faint">{note}</Said>
          </Said>
        )}
      </List>
      {options.length === 0 ? <Said tone="faint">{"  nothing fits"}</Said> : null}
    </Box>
  );
}
