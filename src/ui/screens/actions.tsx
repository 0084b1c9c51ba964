import { Box } from "ink";
import { ACTIONS } from "../actions/actions.js";
import { Row } from "../parts/list.js";
import { Said } from "../parts/said.js";
import type { ActionsScreen } from "../state/screen.js";

/** What can be done with the checkpoint; what cannot says why. */
export function Actions({ screen: { subject, cursor } }: { screen: ActionsScreen }) {
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Said tone="strong">What to do?</Said>
      <Box height={1} />
      {ACTIONS.map((action, at) => {
        const why = action.unavailable(subject);
        return (
          <Row key={action.id} marked={at === cursor}>
            <Said tone={why === undefined ? (at === cursor ? "strong" : undefined) : "faint"}>
              {action.title.padEnd(12)}
              <Said tone="faint">{why ?? action.summary(subject)}</Said>
            </Said>
          </Row>
        );
      })}
    </Box>
  );
}
