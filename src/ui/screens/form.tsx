import { Box } from "ink";
import { escapeText } from "../../report/escape.js";
import type { Field, Values } from "../actions/action.js";
import { actionOf } from "../actions/actions.js";
import { commandLines } from "../command-text.js";
import { bodyWidth, type Looks } from "../looks.js";
import { Row } from "../parts/list.js";
import { Said } from "../parts/said.js";
import { rowsOf } from "../state/form-rows.js";
import type { FormScreen } from "../state/screen.js";

/** The choices of an action, prefilled, and the way on below them. */
export function Form({ looks, screen }: { looks: Looks; screen: FormScreen }) {
  const { fields, values } = rowsOf(screen);
  const action = actionOf(screen.action);
  const wide = Math.max(...fields.map(({ title }) => title.length));
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Said>
        <Said tone="strong">{action.title}</Said>
        <Said tone="faint">{`   ${action.summary(screen.subject)}`}</Said>
      </Said>
      <Box height={1} />
      {fields.map((field, at) => (
        <Row key={field.id} marked={at === screen.cursor}>
          <Said>
            <Said tone={at === screen.cursor ? "strong" : undefined}>{field.title.padEnd(wide + 3)}</Said>
            <Value field={field} values={values} />
          </Said>
        </Row>
      ))}
      <Box height={1} />
      <Row marked={screen.cursor >= fields.length}>
        <Said tone={screen.cursor >= fields.length ? "strong" : undefined}>
          {action.planned ? "See the plan" : "Start"}
        </Said>
      </Row>
      <Box height={1} />
      {commandLines(action.words(screen.subject, values), bodyWidth(looks) - 2).map((line) => (
        <Said key={line} tone="faint">
          {`  ${line}`}
        </Said>
      ))}
    </Box>
  );
}

function Value({ field, values }: { field: Field; values: Values }) {
  const value = values.get(field.id) ?? "";
  if (field.kind === "toggle") {
    return (
      <Said>
        {value === "yes" ? "yes" : "no"}
        <Said tone="faint">{`   ${field.note ?? ""}`}</Said>
      </Said>
    );
  }
  if (field.kind === "choice") {
    const option = field.options?.find((one) => one.value === value);
    return (
      <Said>
        {option?.label ?? value}
        <Said tone="faint">{`   ${option?.note ?? ""}`}</Said>
      </Said>
    );
  }
  if (value === "") return <Said tone={field.required ? "warn" : undefined}>{field.empty ?? "choose"}</Said>;
  return <Said tone="name">{escapeText(value)}</Said>;
}
