import type { CommandGrammar, OptionGrammar } from "./grammar.js";

/** Completion for PowerShell 5.1 and later. Without an answer PowerShell completes file names by itself. */
export function powershellCompletion(commands: readonly CommandGrammar[]): string {
  return `# PowerShell completion for kvscale. Load it with: kvscale completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName kvscale -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = [ordered]@{
${commands.map(({ name, summary }) => `    ${quoted(name)} = ${quoted(summary)}`).join("\n")}
  }
  $flags = @{
${commands.map(({ name, options }) => `    ${quoted(name)} = [ordered]@{ ${options.map(flagEntry).join("; ")} }`).join("\n")}
  }
  $values = @{
${commands.flatMap(valueEntries).join("\n")}
  }
  $before = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $answer = { param($name, $summary) [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $summary) }
  if ($before.Count -le 1) {
    $commands.GetEnumerator() | Where-Object { $_.Key -like "$wordToComplete*" } | ForEach-Object { & $answer $_.Key $_.Value }
    return
  }
  $command = $before[1]
  $asked = $values["$command $($before[-1])"]
  if ($null -eq $asked -and $wordToComplete -notlike '-*') { $asked = $values["$command"] }
  if ($null -ne $asked) {
    $asked | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { & $answer $_ $_ }
  } elseif ($wordToComplete -like '-*' -and $flags.ContainsKey($command)) {
    $flags[$command].GetEnumerator() | Where-Object { $_.Key -like "$wordToComplete*" } | ForEach-Object { & $answer $_.Key $_.Value }
  }
}
`;
}

function flagEntry({ flags, summary }: OptionGrammar): string {
  return `${quoted(flags[0]!)} = ${quoted(summary)}`;
}

/** Words by "command flag", and by "command" alone for its argument. */
function valueEntries({ name, options, argument }: CommandGrammar): string[] {
  const own = options.flatMap(({ flags, value }) => {
    if (value === undefined || typeof value === "string") return [];
    return flags.map((flag) => `    ${quoted(`${name} ${flag}`)} = ${list(value.words)}`);
  });
  const rest =
    argument === undefined || typeof argument === "string"
      ? []
      : [`    ${quoted(name)} = ${list(argument.words)}`];
  return [...own, ...rest];
}

function list(words: readonly string[]): string {
  return `@(${words.map(quoted).join(", ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
