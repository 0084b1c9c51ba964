import { Box } from "ink";
import { escapeText } from "../../report/escape.js";
import type { Field, Values } from "../actions/action.js";
import { actionOf } from "../actions/actions.js";
import { commandLines } from "../command-text.js";
import { bodyHeight, bodyWidth, type Looks } from "../looks.js";
import { List } from "../parts/list.js";
import { Said } from "../parts/said.js";
import { firstRow, rowsOf } from "../state/form-rows.js";
import type { FormScreen } from "../state/screen.js";

/** The choices of an action, prefilled, and the way on below them. */
export function Form({ looks, screen }: { looks: Looks; screen: FormScreen }) {
  const { fields, values } = rowsOf(screen);
  const action = actionOf(screen.action);
  const wide = Math.max(...fields.map(({ title }) => title.length));
  const isWhole = firstRow(screen) === fields.length;
  const lines = isWhole ? commandLines(action.words(screen.subject, values), bodyWidth(looks) - 2) : [];
  const room = bodyHeight(looks) - HEAD;
  // The line is told again with the plan or the result; the choices are needed here.
  const told = looks.reader || fields.length + GAPS + lines.length <= room ? lines : [];
  const rows: readonly (Field | undefined)[] = [...fields, undefined];
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Said>
        <Said tone="strong">{action.title}</Said>
        <Said tone="faint">{`   ${action.summary(screen.subject)}`}</Said>
      </Said>
      <Box height={1} />
      <List
        items={rows}
        cursor={screen.cursor}
        height={looks.reader ? rows.length : room - (told.length === 0 ? 0 : told.length + 1)}
        keyOf={(field) => field?.id ?? ""}
      >
        {(field, marked) =>
          field === undefined ? (
            <Said tone={marked ? "strong" : undefined}>{action.planned ? "See the plan" : "Start"}</Said>
          ) : (
            <Said>
              <Said tone={marked ? "strong" : undefined}>{field.title.padEnd(wide + 3)}</Said>
              <Value field={field} values={values} />
            </Said>
          )
        }
      </List>
      <Box height={1} />
      {told.map((line) => (
        <Said key={line} tone="faint">
          {`  ${line}`}
        </Said>
      ))}
    </Box>
  );
}

/** Lines above the choices. */
const HEAD = 3;

/** The way on below them, and the line that parts both from the command. */
const GAPS = 2;

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
