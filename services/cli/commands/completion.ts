import type { CommandSpec } from '../command-spec.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';
import { completionScript, SHELLS, type Shell } from '../completion-script.ts';

/** @param allCommands called late, as this is one of them */
export function completionCommand(allCommands: () => readonly CommandSpec[]): CommandSpec {
  return {
    name: 'completion',
    summary: 'Print the completion script of a shell.',
    details:
      'Completes commands, options and their values, and names of keys, teams and collections.',
    args: [{ name: 'shell', description: 'the shell', choices: SHELLS }],
    examples: [
      'llmp completion bash > ~/.local/share/bash-completion/completions/llmp',
      'llmp completion zsh > ~/.zsh/completions/_llmp',
      'llmp completion fish > ~/.config/fish/completions/llmp.fish',
    ],
    async run({ args, out }) {
      const shell = SHELLS.find((each): each is Shell => each === args[0]) ?? 'bash';
      const script = completionScript(shell, allCommands(), GLOBAL_OPTIONS);
      if (out.isJson) out.json({ shell, script });
      else out.line(script.trimEnd());
    },
  };
}
